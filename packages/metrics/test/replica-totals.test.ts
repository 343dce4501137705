import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis, type Service } from 'test-services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createReplicaTotals, type RedisClient, type ReplicaTotalsOptions } from '../src/index.js';

const hour = 3_600_000;

async function connect(server: Service): Promise<Redis> {
  const redis = new Redis(server.url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    lazyConnect: true,
  });
  redis.on('error', () => undefined);
  await redis.connect();
  onTestFinished(() => redis.disconnect());
  return redis;
}

function totalsOf(client: RedisClient | undefined, options: ReplicaTotalsOptions = {}) {
  const totals = createReplicaTotals({ client, flushIntervalMillis: hour, ...options });
  onTestFinished(() => totals.close());
  return totals;
}

describe('totals in Redis', () => {
  it('are those of all replicas, what each has just added included', async () => {
    const server = await startRedis();
    const nodeRedis = createClient({ url: server.url });
    await nodeRedis.connect();
    onTestFinished(() => nodeRedis.destroy());
    const options = { key: randomUUID(), flushIntervalMillis: 20 };
    const replicas = [totalsOf(await connect(server), options), totalsOf(nodeRedis, options)];
    for (const [index, totals] of replicas.entries()) {
      for (let n = 0; n < 100; n += 1) totals.add('calls', 1);
      totals.add('seconds', 0.5 + index);
    }
    await expect.poll(() => replicas[0]!.read()).toEqual({ calls: 200, seconds: 2 });
    expect(await replicas[1]!.read()).toEqual({ calls: 200, seconds: 2 });
    const later = totalsOf(await connect(server), { key: options.key });
    expect(await later.read()).toEqual({ calls: 200, seconds: 2 });
  });

  it('are written when they are closed', async () => {
    const server = await startRedis();
    const [redis, key] = [await connect(server), randomUUID()];
    const totals = totalsOf(redis, { key });
    totals.add('calls', 3);
    await totals.close();
    expect(await redis.hgetall(key)).toEqual({ calls: '3' });
    expect(await redis.pttl(key)).toBeGreaterThan(23 * hour);
  });

  it('drop what is added while Redis is away, say how much, and tell when it goes and comes', async () => {
    const server = await startRedis({ breakable: true });
    const told: boolean[] = [];
    const totals = totalsOf(await connect(server), {
      key: randomUUID(),
      onChange: (answering) => {
        told.push(answering);
        throw new Error('of the host');
      },
    });
    totals.add('calls', 1);
    expect(await totals.read()).toEqual({ calls: 1 });
    await server.kill();
    totals.add('calls', 5);
    totals.add('seconds', 5);
    await expect(totals.read()).rejects.toThrow();
    expect(totals.stats()).toEqual({ written: 1, dropped: 2, answering: 1 });
    // One failure may be a connection that is being made.
    await expect(totals.read()).rejects.toThrow();
    expect(totals.stats()).toMatchObject({ answering: 0 });
    await server.start();
    await expect.poll(() => totals.read().catch(() => 'away'), { timeout: 10_000 }).toEqual({});
    expect(totals.answering).toBe(true);
    expect(told).toEqual([false, true]);
  });

  it('count one failure for callers at the same time, and tell of it once', async () => {
    const told: boolean[] = [];
    const totals = createReplicaTotals({
      client: { call: () => Promise.reject(new Error('away')) },
      flushIntervalMillis: 60_000,
      onChange: (answering) => void told.push(answering),
    });
    await Promise.allSettled([totals.read(), totals.read(), totals.read()]);
    expect([totals.answering, told]).toEqual([true, []]);
    totals.add('calls', 1);
    await Promise.allSettled([totals.read(), totals.close(), totals.read()]);
    expect([totals.answering, told]).toEqual([false, [false]]);
  });

  it('give up on a Redis that hangs', async () => {
    const server = await startRedis({ breakable: true });
    const totals = totalsOf(await connect(server), { commandDeadlineMillis: 50 });
    server.pause();
    onTestFinished(() => server.resume());
    await expect(totals.read()).rejects.toThrow('no answer within 50 ms');
  });
});

describe.each(['Redis', 'the process'])('totals in %s', (place) => {
  const client = async (): Promise<Redis | undefined> =>
    place === 'Redis' ? connect(await startRedis()) : undefined;

  it('tell what was added between two readings', async () => {
    const totals = totalsOf(await client(), { key: randomUUID() });
    const next = totals.follow();
    totals.add('calls', 5);
    expect(await next()).toEqual({ totals: { calls: 5 }, growth: null });
    totals.add('calls', 2);
    const { growth } = await next();
    expect(growth?.of('calls')).toBe(2);
    expect(growth?.of('failures')).toBe(0);
    expect(growth?.seconds).toBeGreaterThan(0);
    expect((await next()).growth?.of('calls')).toBe(0);
  });

  it('follow a counter of the process, from 0 where it was begun anew', async () => {
    const totals = totalsOf(await client(), { key: randomUUID() });
    for (const count of [3, 7, 7, 2]) totals.addUpTo('calls', count);
    expect(await totals.read()).toEqual({ calls: 9 });
  });

  it('refuse what is no number, and more names than they may', async () => {
    const totals = totalsOf(await client(), { key: randomUUID(), maxNames: 2 });
    totals.add('a', NaN);
    totals.add('a', Infinity);
    for (const name of ['a', 'b', 'c', 'a']) totals.add(name, 1);
    expect(await totals.read()).toEqual({ a: 2, b: 1 });
    expect(totals.stats()).toMatchObject({ dropped: 3, answering: 1 });
    for (const name of ['a', 'b', 'c']) totals.addUpTo(name, 5);
    expect(await totals.read()).toEqual({ a: 7, b: 6 });
    expect(totals.stats()).toMatchObject({ dropped: 4, answering: 1 });
  });
});

it('growth of a total that was begun anew counts from 0', async () => {
  const server = await startRedis();
  const [redis, key] = [await connect(server), randomUUID()];
  const totals = totalsOf(redis, { key });
  const next = totals.follow();
  totals.add('calls', 5);
  await next();
  await redis.del(key);
  totals.add('calls', 2);
  expect((await next()).growth?.of('calls')).toBe(2);
});

it.each<[ReplicaTotalsOptions, string]>([
  [{ client: {} as never }, 'client must be'],
  [{ key: '' }, 'key must be a non-empty string'],
  [{ maxNames: 0 }, 'maxNames must be'],
  [{ onChange: 1 as never }, 'onChange must be'],
])('refuses %j', (options, message) => {
  expect(() => createReplicaTotals(options)).toThrow(message);
});
