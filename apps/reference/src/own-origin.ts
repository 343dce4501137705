import type { FastifyInstance } from 'fastify';
import { isLoopback } from './configuration.js';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what pages of other sites make a browser send: a change needs JSON, which a form cannot send, and an
 * `Origin` and `Sec-Fetch-Site`, where the browser sends them, of this very server.
 *
 * @param onlyLoopback whether only this machine is served, without a token: then names that lead here from elsewhere
 *   (DNS rebinding) are refused too
 */
export function requireOwnOrigin(app: FastifyInstance, onlyLoopback: boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { host, origin, 'sec-fetch-site': site, 'content-type': type } = request.headers;
    const refuse = (code: number, error: string): void => void reply.code(code).send({ error });
    if (onlyLoopback && !isLocalName(host)) {
      refuse(403, `the name "${host?.slice(0, 100) ?? ''}" is not of this machine`);
    } else if (safeMethods.has(request.method)) {
      done();
    } else if (!/^application\/json\s*(?:;|$)/i.test(type ?? '')) {
      refuse(415, 'the content type has to be application/json');
    } else if (origin !== undefined && hostOf(origin) !== host?.toLowerCase()) {
      refuse(403, 'the request comes from a page of another origin');
    } else if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      refuse(403, 'the request comes from a page of another site');
    } else {
      done();
    }
  });
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** `host.docker.internal` is this machine as containers see it. */
function isLocalName(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  return isLoopback(name) || name.endsWith('.localhost') || name === 'host.docker.internal';
}
