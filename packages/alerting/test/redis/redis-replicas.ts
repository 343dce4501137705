import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisStore, type RedisClient, type RedisStoreOptions } from '../../src/redis.js';
import type { StoreHarness } from '../../src/testing.js';

/** A client, and how to end it. */
export interface TestClient {
  readonly client: RedisClient;
  readonly close: () => void;
}

/** Connects with ioredis; connection errors show in the commands. */
export async function connectIoredis(url: string): Promise<TestClient & { client: Redis }> {
  const client = new Redis(url, { retryStrategy: () => 50, lazyConnect: true });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.disconnect() };
}

/** Connects with node-redis. */
export async function connectNodeRedis(url: string): Promise<TestClient> {
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.destroy() };
}

/** Stores on fresh, shared data, one for each client, and the clock that they share. */
export function replicasOf(
  clients: readonly TestClient[],
  options: Partial<RedisStoreOptions> = {},
): StoreHarness & { readonly prefix: string; readonly jump: (millis: number) => void } {
  const prefix = `test-${randomUUID()}`;
  let offset = 0;
  const jump = (millis: number): void => void (offset += millis);
  const stores = clients.map(
    ({ client }) => new RedisStore({ client, prefix, testOffsetMillis: () => offset, ...options }),
  );
  return {
    replicas: stores as [RedisStore, ...RedisStore[]],
    sleep: async (millis) => jump(millis),
    prefix,
    jump,
  };
}
