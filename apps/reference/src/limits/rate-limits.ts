import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Limits } from './limits.js';

export interface RateLimits {
  /** A hook for routes that map texts, once the body was read: `tenantsOf` gives whose they are. */
  ofTenants(
    tenantsOf: (request: FastifyRequest) => Iterable<string>,
  ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
  /** A hook for the login. */
  readonly ofLogins: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<FastifyReply | undefined>;
}

/** What tells whether the service lives is asked for by machines, however busy it is. */
const unlimited = '/health';

/**
 * Refuses with 429 what one address, or one tenant, asks for beyond its limit, with a `Retry-After`. Replicas count
 * together in Redis; while that is away, nobody is refused.
 *
 * @param redis undefined: this process counts by itself
 */
export function addRateLimits(
  app: FastifyInstance,
  limits: Pick<Limits, 'clientRequests' | 'tenantRequests' | 'logins'>,
  redis: Redis | undefined,
): RateLimits {
  void app.register(rateLimit, {
    global: false,
    skipOnError: true,
    timeWindow: 60_000,
    nameSpace: 'reference:limit:',
    ...(redis !== undefined && { redis }),
  });
  /** Answers whoever is over the limit; the plugin is there once the server is ready. */
  const limiter = (kind: 'client' | 'tenant' | 'login', max: number) => {
    let check: ReturnType<FastifyInstance['createRateLimit']> | undefined;
    let key = '';
    app.after(() => {
      check = app.createRateLimit({ max, keyGenerator: () => key });
    });
    return async (request: FastifyRequest, reply: FastifyReply, of: string): Promise<boolean> => {
      if (check === undefined || max === 0) return false;
      // Read before anything else runs: the generator is called at once.
      key = `${kind}:${of}`;
      const found = await check(request);
      if (found.isAllowed || !found.isExceeded) return false;
      void reply
        .code(429)
        .header('retry-after', found.ttlInSeconds)
        .send({ error: `too many requests of this ${kind}` });
      return true;
    };
  };
  const client = limiter('client', limits.clientRequests);
  const tenant = limiter('tenant', limits.tenantRequests);
  const login = limiter('login', limits.logins);

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === unlimited) return undefined;
    return (await client(request, reply, networkOf(request.ip))) ? reply : undefined;
  });
  return {
    ofTenants: (tenantsOf) => async (request, reply) => {
      for (const id of new Set(tenantsOf(request))) {
        if (await tenant(request, reply, id)) return reply;
      }
      return undefined;
    },
    ofLogins: async (request, reply) =>
      (await login(request, reply, networkOf(request.ip))) ? reply : undefined,
  };
}

/** One address of IPv4, the /64 of IPv6: whoever has one of its addresses has all of them. */
export function networkOf(ip: string): string {
  const [, mapped] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(ip) ?? [];
  if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip;
  const [front = '', back] = ip.split('%', 1)[0]?.split('::') ?? [];
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const [head, tail] = [groups(front), groups(back ?? '')];
  const zeros = back === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...new Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':');
}
