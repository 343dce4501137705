import { describe, it } from 'vitest';
import { tellToReplicas } from '../oracle/shared-stage.js';
import { databaseOfTests } from './fresh-store.js';

const database = databaseOfTests();

describe('two replicas over Postgres, whose own clocks differ by seconds and jump', () => {
  it('do what the oracle says, as one without any skew would', async () => {
    await tellToReplicas(Number(process.env['ORACLE_RUNS'] ?? 5), (testOffsetMillis) =>
      database.stores(2, { testOffsetMillis, maxHistoryPerAlert: 10_000 }),
    );
  }, 600_000);
});
