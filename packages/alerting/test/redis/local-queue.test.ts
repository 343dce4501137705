import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startRedis } from 'test-services';
import { AlertingSystem } from '../../src/index.js';
import { RedisStore } from '../../src/redis.js';
import { recordingChannel } from '../recording-channel.js';
import { connectIoredis } from './redis-replicas.js';

it('raises wait while a real Redis is down, and each is delivered once when it is back', async () => {
  const redis = await startRedis({ breakable: true, persistence: 'always' });
  const { client, close } = await connectIoredis(redis.url);
  const { channel, deliveries } = recordingChannel();
  const store = new RedisStore({ client, prefix: randomUUID(), commandTimeoutMillis: 300 });
  const system = new AlertingSystem({
    channels: [channel],
    store,
    localQueue: { maxRaises: 30 },
  });
  try {
    await system.raise({ key: 'before' });
    await redis.kill();
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => system.raise({ key: `during-${index}` })),
    );
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(String(reason)).toContain('30 raises wait for it already (localQueue.maxRaises)');
    }
    expect((await system.stats()).localQueue).toMatchObject({ waiting: 30 });
    await redis.start();
    await expect
      .poll(async () => (await system.stats()).localQueue, { timeout: 20_000 })
      .toEqual({ waiting: 0, drained: 30, lost: 0 });
    expect(await system.flush(10_000)).toEqual({ undelivered: 0 });
    const told = deliveries.flatMap(({ notifications }) => notifications.map((n) => n.alert.key));
    const queued = results.flatMap(({ status }, index) =>
      status === 'fulfilled' ? [`during-${index}`] : [],
    );
    // One that was rejected may have reached Redis all the same: ioredis keeps what it could not send.
    expect(told).toEqual(expect.arrayContaining(['before', ...queued]));
    expect(new Set(told).size).toBe(told.length);
  } finally {
    await system.stop(1000);
    close();
    await redis.stop();
  }
}, 60_000);
