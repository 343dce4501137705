import { afterAll, beforeAll, describe, it } from 'vitest';
import { startRedis } from 'test-services';
import { storeConformance } from '../../src/testing.js';
import { connectIoredis, connectNodeRedis, replicasOf, type TestClient } from './redis-replicas.js';

let redis: Awaited<ReturnType<typeof startRedis>>;
let ioredis: TestClient[];
let nodeRedis: TestClient[];

beforeAll(async () => {
  redis = await startRedis();
  const three = [0, 1, 2];
  ioredis = await Promise.all(three.map(() => connectIoredis(redis.url)));
  nodeRedis = await Promise.all(three.map(() => connectNodeRedis(redis.url)));
});

afterAll(async () => {
  for (const { close } of [...ioredis, ...nodeRedis]) close();
  await redis.stop();
});

describe('the store in Redis conforms with ioredis:', () => {
  for (const { title, run } of storeConformance) it(title, () => run(replicasOf(ioredis)));
});

describe('the store in Redis conforms with node-redis:', () => {
  for (const { title, run } of storeConformance) it(title, () => run(replicasOf(nodeRedis)));
});
