import Fastify, { type FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import { startRedis } from 'test-services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addRateLimits, networkOf } from '../../src/limits/rate-limits.js';

const none = { clientRequests: 0, tenantRequests: 0, logins: 0 };

async function server(limits: Partial<typeof none>, redis?: Redis) {
  const app = Fastify({ trustProxy: true });
  const { ofTenants, ofLogins } = addRateLimits(app, { ...none, ...limits }, redis);
  const tenants = ({ body }: FastifyRequest) => (body as { tenants: string[] }).tenants;
  app.post('/map', { preHandler: ofTenants(tenants) }, () => ({}));
  app.post('/login', { onRequest: ofLogins }, () => ({}));
  app.get('/health', () => ({}));
  app.get('/alerts', () => ({}));
  onTestFinished(() => app.close());
  const get = (url: string, address = '192.0.2.1') =>
    app.inject({ url, headers: { 'x-forwarded-for': address } });
  const post = (url: string, of: string[] = [], address = '192.0.2.1') =>
    app.inject({ method: 'POST', url, payload: { tenants: of }, headers: { 'x-forwarded-for': address } }); // prettier-ignore
  return { get, post };
}

const statuses = (answers: { statusCode: number }[]) => answers.map(({ statusCode }) => statusCode);

describe('a rate limit', () => {
  it('refuses what an address asks for beyond it, and says when to come again', async () => {
    const { get } = await server({ clientRequests: 3 });
    const answers = [];
    for (let n = 0; n < 5; n += 1) answers.push(await get('/alerts'));
    expect(statuses(answers)).toEqual([200, 200, 200, 429, 429]);
    const wait = Number(answers[4]!.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    // Paths that are none count as well, and others are not concerned.
    expect((await get('/none')).statusCode).toBe(429);
    expect((await get('/alerts', '192.0.2.2')).statusCode).toBe(200);
    expect((await get('/health')).statusCode).toBe(200);
  });

  it('of a tenant counts its requests whoever sends them, a batch once for each tenant in it', async () => {
    const { post } = await server({ tenantRequests: 2 });
    expect((await post('/map', ['acme', 'acme', 'acme'])).statusCode).toBe(200);
    expect((await post('/map', ['acme'], '192.0.2.9')).statusCode).toBe(200);
    expect((await post('/map', ['acme'])).statusCode).toBe(429);
    expect((await post('/map', ['globex', 'acme'])).statusCode).toBe(429);
    expect((await post('/map', ['globex'])).statusCode).toBe(200);
    expect((await post('/map', [])).statusCode).toBe(200);
  });

  it('of logins is one of its own', async () => {
    const { get, post } = await server({ logins: 1, clientRequests: 100 });
    expect((await post('/login')).statusCode).toBe(200);
    expect((await post('/login')).statusCode).toBe(429);
    expect((await post('/login', [], '192.0.2.2')).statusCode).toBe(200);
    expect((await get('/alerts')).statusCode).toBe(200);
  });

  it('of 0 is none', async () => {
    const { get } = await server({});
    for (let n = 0; n < 50; n += 1) expect((await get('/alerts')).statusCode).toBe(200);
  });

  it('is counted together by replicas with a Redis, and lets all through while that is away', async () => {
    const service = await startRedis({ breakable: true });
    const open = async () => {
      const redis = new Redis(service.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false, lazyConnect: true }); // prettier-ignore
      redis.on('error', () => undefined);
      await redis.connect();
      onTestFinished(() => redis.disconnect());
      return redis;
    };
    const limits = { clientRequests: 3, tenantRequests: 100, logins: 100 };
    const [one, other] = [await server(limits, await open()), await server(limits, await open())];
    const answers = [];
    for (const { get } of [one, other, one, other, one]) answers.push(await get('/alerts'));
    expect(statuses(answers)).toEqual([200, 200, 200, 429, 429]);
    await service.kill();
    expect((await one.get('/alerts')).statusCode).toBe(200);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('the network of %s is %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});
