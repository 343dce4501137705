import { Pool } from 'pg';
import { startPostgres, type Service } from 'test-services';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  BusinessMetricsDashboard,
  createActivityTracker,
  deleteExpiredRows,
  deleteTenantRows,
  isFailedPart,
  migrateDashboard,
} from '../src/index.js';

let postgres: Service;
let pool: Pool;
const tables = { mappingsTable: 'kept_mappings', modelCallsTable: 'kept_calls' };

async function insert(count: number, tenant: string, age: string): Promise<void> {
  await pool.query(
    `insert into kept_mappings (created_at, tenant_id, detector, framework, framework_version, control, category,
       severity, confidence, text_hmac)
     select now() - $3::interval, $2, 'pii', 'GDPR', '2016', 'Art. 32', 'email', 'high', 0.9, 'h'
       from generate_series(1, $1)`,
    [count, tenant, age],
  );
}

async function insertCall(age: string): Promise<void> {
  await pool.query(
    `insert into kept_calls (model, started_at, duration_ms, status) values ('pii', now() - $1::interval, 1, 'success')`,
    [age],
  );
}

async function totalMappings(): Promise<number> {
  const dashboard = new BusinessMetricsDashboard({
    activity: createActivityTracker(),
    db: pool,
    complianceWindowMillis: 365 * 86_400_000,
    ...tables,
  });
  const score = await dashboard.getComplianceScore();
  return isFailedPart(score) ? NaN : score.totalMappings;
}

beforeAll(async () => {
  postgres = await startPostgres();
  pool = new Pool({ connectionString: postgres.url });
  // The server may end before the last connection has closed.
  pool.on('error', () => undefined);
  await migrateDashboard(pool, tables);
}, 60_000);

afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

beforeEach(() => pool.query('truncate kept_mappings; truncate kept_calls'));

it('deletes what is older than so many days, with its sums, and leaves the rest', async () => {
  await insert(7000, 'acme', '40 days');
  await insert(500, 'acme', '20 days');
  await insertCall('40 days');
  await insertCall('1 day');
  const { mappings, modelCalls, sums } = await deleteExpiredRows(pool, 30, tables);
  expect({ mappings, modelCalls }).toEqual({ mappings: 7000, modelCalls: 1 });
  expect(sums).toBeGreaterThan(0);
  const { rows } = await pool.query('select sum(total)::int as sum from kept_mappings_rollup');
  expect(rows).toEqual([{ sum: 500 }]);
  expect(await totalMappings()).toBe(500);
  expect(await deleteExpiredRows(pool, 30, tables)).toEqual({ mappings: 0, modelCalls: 0, sums: 0 }); // prettier-ignore
});

it("deletes a tenant's mappings, and takes them out of the sums", async () => {
  await insert(12_000, 'acme', '1 hour');
  await insert(5, 'globex', '1 hour');
  expect(await deleteTenantRows(pool, 'acme', tables)).toBe(12_000);
  expect(await totalMappings()).toBe(5);
  expect(await deleteTenantRows(pool, "a' or '1'='1", tables)).toBe(0);
});

it.each([0, -1, NaN, Infinity, 36_501, '30'])('refuses %j days', async (days) => {
  await insert(1, 'acme', '40 days');
  await expect(deleteExpiredRows(pool, days as number, tables)).rejects.toThrow(/^days must be/);
  expect(await totalMappings()).toBe(1);
});

it('refuses what is no tenant, and names of tables that are none', async () => {
  await expect(deleteTenantRows(pool, '')).rejects.toThrow('tenantId must be');
  await expect(deleteTenantRows(pool, 'a', { mappingsTable: 'a; drop' })).rejects.toThrow('mappingsTable must be'); // prettier-ignore
});
