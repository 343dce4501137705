import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { startRedis } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import type { RecentRequest } from '../../src/requests/recent-requests.js';
import { SharedRequests } from '../../src/requests/shared-requests.js';

const request = (at: number, correlationId = `request-${at}`): RecentRequest => ({
  at,
  correlationId,
  method: 'POST',
  route: '/map',
  status: 200,
  durationMillis: 1,
  tenantId: 'acme',
});

async function replicas() {
  const server = await startRedis({ breakable: true });
  const key = randomUUID();
  const open = async () => {
    const redis = new Redis(server.url, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      lazyConnect: true,
    });
    redis.on('error', () => undefined);
    await redis.connect();
    const requests = new SharedRequests(redis, key, 20);
    onTestFinished(async () => {
      await requests.close();
      redis.disconnect();
    });
    return requests;
  };
  return { server, one: await open(), other: await open() };
}

it('are those of all replicas, latest first', async () => {
  const { one, other } = await replicas();
  for (let at = 1; at <= 20; at += 1) (at % 2 ? one : other).add(request(at));
  await expect
    .poll(async () => (await one.list(5)).map(({ at }) => at), { timeout: 5000 })
    .toEqual([20, 19, 18, 17, 16]);
  other.add(request(21, 'request-3'));
  expect(await other.of('request-3')).toEqual([request(21, 'request-3'), request(3)]);
});

it('keep no more than 500', async () => {
  const { one, other } = await replicas();
  for (let at = 1; at <= 450; at += 1) one.add(request(at));
  await one.list();
  for (let at = 451; at <= 900; at += 1) other.add(request(at));
  await other.list();
  expect(await one.of('request-1')).toEqual([]);
  expect(await one.list(1000)).toHaveLength(500);
});

it('are the own ones while Redis is away', async () => {
  const { server, one, other } = await replicas();
  one.add(request(1));
  other.add(request(2));
  await server.kill();
  one.add(request(3));
  expect((await one.list()).map(({ at }) => at)).toEqual([3, 1]);
  expect(await one.of('request-2')).toEqual([]);
  expect(one.stats().dropped).toBeGreaterThan(0);
});
