import { startRedis, type Service } from 'test-services';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { tellToReplicas } from '../oracle/shared-stage.js';
import { connectIoredis, replicasOf, type TestClient } from './redis-replicas.js';

let redis: Service;
let clients: TestClient[];

beforeAll(async () => {
  redis = await startRedis();
  clients = await Promise.all([0, 1, 2].map(() => connectIoredis(redis.url)));
});

afterAll(async () => {
  for (const { close } of clients) close();
  await redis.stop();
});

describe('three replicas over Redis, whose own clocks differ by seconds and jump', () => {
  it('do what the oracle says, as one without any skew would', async () => {
    await tellToReplicas(Number(process.env['ORACLE_RUNS'] ?? 25), async (testOffsetMillis) => {
      const options = { testOffsetMillis, maxHistoryPerAlert: 10_000 };
      return replicasOf(clients, options).replicas;
    });
  }, 600_000);
});
