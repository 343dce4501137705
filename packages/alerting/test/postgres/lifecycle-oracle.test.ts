import { startPostgres, type Service } from 'test-services';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { tellToReplicas } from '../oracle/shared-stage.js';
import { TestDatabase } from './fresh-store.js';

let service: Service;
let database: TestDatabase;

beforeAll(async () => {
  service = await startPostgres();
  database = new TestDatabase(service.url);
}, 60_000);

afterAll(async () => {
  await database.close();
  await service.stop();
});

describe('two replicas over Postgres, whose own clocks differ by seconds and jump', () => {
  it('do what the oracle says, as one without any skew would', async () => {
    await tellToReplicas(Number(process.env['ORACLE_RUNS'] ?? 5), (testOffsetMillis) =>
      database.stores(2, { testOffsetMillis, maxHistoryPerAlert: 10_000 }),
    );
  }, 600_000);
});
