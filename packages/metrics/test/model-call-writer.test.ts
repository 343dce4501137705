import { Pool } from 'pg';
import { startPostgres, type Service } from 'test-services';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import {
  BusinessMetricsDashboard,
  createActivityTracker,
  createModelCallWriter,
  migrateDashboard,
  type ModelCall,
  type ModelCallWriterOptions,
} from '../src/index.js';

let postgres: Service;
let pool: Pool;
const modelCallsTable = 'written_calls';

function writer(options: Partial<ModelCallWriterOptions> = {}) {
  const made = createModelCallWriter({
    db: pool,
    modelCallsTable,
    flushIntervalMillis: 3_600_000,
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

function call(change: Partial<ModelCall> = {}): ModelCall {
  return { model: 'pii', startedAt: new Date(), durationMillis: 20, status: 'success', ...change };
}

const count = async (): Promise<number> =>
  (await pool.query<{ n: number }>(`select count(*)::int as n from ${modelCallsTable}`)).rows[0]!.n;

beforeAll(async () => {
  postgres = await startPostgres();
  pool = new Pool({ connectionString: postgres.url });
  // The server may end before the last connection has closed.
  pool.on('error', () => undefined);
  await migrateDashboard(pool, { mappingsTable: 'written_mappings', modelCallsTable });
}, 60_000);

afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

beforeEach(() => pool.query(`truncate ${modelCallsTable}`));

it('writes calls as the dashboard reads them, more than fit into a statement too', async () => {
  const calls = writer();
  for (let n = 0; n < 6000; n += 1) calls.record(call());
  calls.record(call({ durationMillis: 500, status: 'error' }));
  await calls.flush();
  const dashboard = new BusinessMetricsDashboard({
    activity: createActivityTracker(),
    db: pool,
    modelCallsTable,
  });
  expect(await dashboard.getModelPerformance()).toMatchObject({
    models: [{ model: 'pii', calls: 6001, errors: 1, p50Millis: 20 }],
  });
  expect(calls.stats()).toEqual({ buffered: 0, written: 6001, dropped: 0, failedWrites: 0 });
});

it('writes by itself every now and then, and what is left when it is closed', async () => {
  const calls = writer({ flushIntervalMillis: 10 });
  calls.record(call());
  await expect.poll(count).toBe(1);
  const last = writer();
  last.record(call());
  await last.close();
  expect(await count()).toBe(2);
  last.record(call());
  expect(last.stats()).toMatchObject({ dropped: 1 });
});

it('keeps calls while the database is away, no more than it may, and tells of it', async () => {
  const errors: unknown[] = [];
  let away = true;
  const calls = writer({
    db: {
      query: (sql, params) => (away ? Promise.reject(new Error('away')) : pool.query(sql, params)),
    },
    maxBuffered: 3,
    onError: (error) => {
      errors.push(error);
      throw new Error('of the host');
    },
  });
  for (let n = 0; n < 5; n += 1) calls.record(call());
  await calls.flush();
  expect(errors).toEqual([new Error('away')]);
  expect(calls.stats()).toEqual({ buffered: 3, written: 0, dropped: 2, failedWrites: 1 });
  away = false;
  await calls.flush();
  expect(await count()).toBe(3);
});

it('gives up a write that takes too long, and loses nothing of it', async () => {
  let answer = (): void => undefined;
  const calls = writer({
    db: {
      query: async (sql, params) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return pool.query(sql, params);
      },
    },
    deadlineMillis: 20,
  });
  calls.record(call());
  await calls.flush();
  expect(calls.stats()).toMatchObject({ buffered: 1, failedWrites: 1 });
  answer();
  await expect.poll(() => calls.stats()).toMatchObject({ buffered: 0, written: 1 });
  expect(await count()).toBe(1);
});

it.each([
  undefined,
  { ...call(), model: 1 },
  { ...call(), startedAt: new Date(NaN) },
  { ...call(), durationMillis: -1 },
  { ...call(), durationMillis: NaN },
  { ...call(), status: undefined },
])('leaves out %j, with which the table would refuse all others', async (bad) => {
  const calls = writer();
  calls.record(bad as never);
  calls.record(call());
  await calls.flush();
  expect(calls.stats()).toEqual({ buffered: 0, written: 1, dropped: 1, failedWrites: 0 });
});

it('refuses what is no database', () => {
  expect(() => createModelCallWriter({ db: {} as never })).toThrow('db must be');
});
