import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endConnection } from '../live/live-stream.js';
import { Sessions } from './session.js';

/** What the login needs, and what tells whether the service lives. */
const openRoutes = new Set([
  '/health',
  '/login',
  '/page/login.js',
  '/page/style.css',
  '/page/icon.svg',
]);

const loginSchema = {
  body: {
    type: 'object',
    required: ['token'],
    additionalProperties: false,
    properties: { token: { type: 'string', maxLength: 1000 } },
  },
};

/**
 * Asks for the token on every route but `/health` and the login: as a bearer token, or as the cookie that the login
 * gives for it, since a browser's page can send no header with its stream.
 *
 * @param sessionMillis how long a login lasts; default 8 hours
 */
export function requireToken(
  app: FastifyInstance,
  token: string,
  sessionMillis = 8 * 3_600_000,
): void {
  const expected = digest(`Bearer ${token}`);
  const isToken = (authorization: string): boolean =>
    timingSafeEqual(digest(authorization), expected);
  const sessions = new Sessions(token, sessionMillis);

  app.addHook('onRequest', (request, reply, done) => {
    const { authorization, cookie, origin } = request.headers;
    const route = request.routeOptions.url ?? '';
    if (openRoutes.has(route) || isToken(authorization ?? '')) {
      done();
      return;
    }
    const end = sessions.endOf(cookie);
    if (end === undefined) {
      refuse(request, reply);
    } else if (request.method !== 'GET' && request.method !== 'HEAD' && origin === undefined) {
      // Every browser tells it with a change; that it is the own one was checked before.
      void reply.code(403).send({ error: 'a change by cookie needs an Origin' });
    } else {
      if (route === '/live') endAt(reply, end);
      done();
    }
  });

  app.post<{ Body: { token: string } }>('/login', { schema: loginSchema }, (request, reply) => {
    if (!isToken(`Bearer ${request.body.token}`)) {
      return reply.code(401).send({ error: 'this is not the token' });
    }
    return reply.header('set-cookie', sessions.open(cameOverTls(request))).send({ ok: true });
  });
  app.post('/logout', (request, reply) =>
    reply.header('set-cookie', sessions.close(cameOverTls(request))).send({ ok: true }),
  );
}

function refuse(request: FastifyRequest, reply: FastifyReply): void {
  const { method, headers, url } = request;
  if (method === 'GET' && url === '/' && headers.accept?.includes('text/html')) {
    void reply.redirect('/login');
    return;
  }
  void reply
    .code(401)
    .header('www-authenticate', 'Bearer')
    .send({ error: 'a bearer token or a login is required' });
}

/** A stream ends with the session that opened it. */
function endAt(reply: FastifyReply, end: number): void {
  const timer = setTimeout(() => endConnection(reply.raw), end - Date.now()).unref();
  reply.raw.once('close', () => clearTimeout(timer));
}

/** A proxy tells it. Whoever lies about it makes their own cookie useless, and no other. */
function cameOverTls({ headers, protocol }: FastifyRequest): boolean {
  return protocol === 'https' || headers['x-forwarded-proto'] === 'https';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
