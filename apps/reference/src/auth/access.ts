import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimits } from '../limits/rate-limits.js';
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

declare module 'fastify' {
  interface FastifyRequest {
    /** The tenant that the token is bound to; null: it is of the operators, or there is none. */
    tenant: string | null;
  }
  interface FastifyContextConfig {
    /** Whether tokens of tenants may ask, for what is theirs. Default: only the operators'. */
    readonly forTenants?: boolean;
  }
}

export interface AccessOptions {
  /** Of the operators: opens everything. */
  readonly token: string;
  /** Tokens by tenant: each opens what tenants may ask for, and shows what is theirs. Default none. */
  readonly tenantTokens?: ReadonlyMap<string, string> | undefined;
  /** How long a login lasts. Default 8 hours. */
  readonly sessionMillis?: number | undefined;
  /** Asked before a login is looked at. Default: any number is. */
  readonly limitLogins?: RateLimits['ofLogins'] | undefined;
}

/** Somebody with a token: a tenant, or the operators. */
interface Party {
  /** Null: the operators. */
  readonly tenant: string | null;
  readonly expected: Buffer;
  /** Of its token, so that a new one ends its logins and no others. */
  readonly sessions: Sessions;
}

/**
 * Asks for a token on every route but `/health` and the login: as a bearer token, or as the cookie that the login gives
 * for it, since a browser's page can send no header with its stream.
 */
export function requireToken(app: FastifyInstance, options: AccessOptions): void {
  const { token, tenantTokens = new Map<string, string>(), limitLogins } = options;
  const parties = [[null, token] as const, ...tenantTokens].map(([tenant, its]): Party => ({
    tenant,
    expected: digest(`Bearer ${its}`),
    sessions: new Sessions(its, options.sessionMillis ?? 8 * 3_600_000),
  }));
  const partyOf = (authorization: string): Party | undefined => {
    const given = digest(authorization);
    // All of them are compared, whichever it is.
    return parties.filter(({ expected }) => timingSafeEqual(given, expected))[0];
  };
  const loginOf = (cookie: string | undefined) => {
    for (const { tenant, sessions } of cookie === undefined ? [] : parties) {
      const end = sessions.endOf(cookie);
      if (end !== undefined) return { tenant, end };
    }
    return undefined;
  };

  app.addHook('onRequest', (request, reply, done) => {
    const { method, headers, routeOptions } = request;
    const { url: route = '', config } = routeOptions;
    if (openRoutes.has(route)) {
      done();
      return;
    }
    const bearer = partyOf(headers.authorization ?? '');
    const login = bearer === undefined ? loginOf(headers.cookie) : undefined;
    const known = bearer ?? login;
    if (known === undefined) {
      refuse(request, reply);
      return;
    }
    request.tenant = known.tenant;
    if (known.tenant !== null && config.forTenants !== true) {
      void reply.code(403).send({ error: 'this is for operators: a token of a tenant does not open it' }); // prettier-ignore
    } else if (login && method !== 'GET' && method !== 'HEAD' && headers.origin === undefined) {
      // Every browser tells it with a change; that it is the own one was checked before.
      void reply.code(403).send({ error: 'a change by cookie needs an Origin' });
    } else {
      if (login && route === '/live') endAt(reply, login.end);
      done();
    }
  });

  app.post<{ Body: { token: string } }>(
    '/login',
    { schema: loginSchema, ...(limitLogins && { onRequest: limitLogins }) },
    (request, reply) => {
      const party = partyOf(`Bearer ${request.body.token}`);
      if (party === undefined) return reply.code(401).send({ error: 'this is not the token' });
      return reply
        .header('set-cookie', party.sessions.open(cameOverTls(request)))
        .send({ ok: true });
    },
  );
  app.post('/logout', { config: { forTenants: true } }, (request, reply) =>
    reply.header('set-cookie', Sessions.close(cameOverTls(request))).send({ ok: true }),
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
