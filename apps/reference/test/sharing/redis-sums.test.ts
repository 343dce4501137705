import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { startRedis } from 'test-services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisSums } from '../../src/sharing/redis-sums.js';
import { growth, ProcessSums } from '../../src/sharing/sums.js';

const options = { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 500 };

async function replicas(count: number, flushIntervalMillis = 10_000) {
  const server = await startRedis({ breakable: true });
  const key = randomUUID();
  const told: boolean[] = [];
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const redis = new Redis(server.url, { ...options, lazyConnect: true });
      redis.on('error', () => undefined);
      await redis.connect();
      const sums = new RedisSums(redis, key, {
        flushIntervalMillis,
        onChange: (answering) => told.push(answering),
      });
      onTestFinished(async () => {
        await sums.close();
        redis.disconnect();
      });
      return sums;
    }),
  );
  return { server, all, told };
}

describe('sums in Redis', () => {
  it('are those of all replicas, what each has just added included', async () => {
    const { all } = await replicas(3, 20);
    for (const [index, sums] of all.entries()) {
      for (let n = 0; n < 100; n += 1) sums.add('calls', 1);
      sums.add('millis', 0.5 + index);
    }
    await expect
      .poll(() => all[0]!.read(), { timeout: 5000 })
      .toEqual({ calls: 300, millis: 0.5 + 1.5 + 2.5 });
    const alone = new ProcessSums();
    alone.add('calls', 300);
    alone.add('millis', 4.5);
    expect(await alone.read()).toEqual(await all[1]!.read());
  });

  it('drop what is added while Redis is away, and say how much', async () => {
    const { server, all, told } = await replicas(1);
    const [sums] = all;
    sums!.add('calls', 1);
    expect(await sums!.read()).toEqual({ calls: 1 });
    await server.kill();
    sums!.add('calls', 5);
    sums!.add('millis', 5);
    await expect(sums!.read()).rejects.toThrow();
    expect(sums!.stats()).toEqual({ written: 1, dropped: 2, answering: 1 });
    // One failure may be a connection that is being made.
    await expect(sums!.read()).rejects.toThrow();
    expect(sums!.stats()).toMatchObject({ answering: 0 });
    await server.start();
    await expect.poll(() => sums!.read().catch(() => 'away'), { timeout: 10_000 }).toEqual({});
    expect(sums!.answering).toBe(true);
    expect(told).toEqual([false, true]);
  });

  it('give up on a Redis that hangs', async () => {
    const { server, all } = await replicas(1);
    server.pause();
    onTestFinished(() => server.resume());
    await expect(all[0]!.read()).rejects.toThrow(/timed out/);
  });
});

it('growth is what was added, from 0 where a sum was begun anew', () => {
  expect(growth({ calls: 5 }, { calls: 7 }, 'calls')).toBe(2);
  expect(growth({}, { calls: 7 }, 'calls')).toBe(7);
  expect(growth({ calls: 5 }, { calls: 2 }, 'calls')).toBe(2);
  expect(growth({ calls: 5 }, {}, 'calls')).toBe(0);
});
