import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { Pool } from 'pg';
import { startPostgres } from 'test-services';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type MonitorLease, postgresLease } from '../src/index.js';

let pool: Pool;

beforeAll(async () => {
  pool = new Pool({ connectionString: (await startPostgres()).url });
  pool.on('error', () => undefined);
}, 60_000);

afterAll(() => pool.end());

const replicas = (count: number, durationMillis?: number): MonitorLease[] => {
  const name = randomUUID();
  return Array.from({ length: count }, () => postgresLease({ db: pool, name, durationMillis }));
};
const all = (leases: readonly MonitorLease[]) =>
  Promise.all(leases.map((lease) => lease.acquire()));

it('is held by exactly one of the replicas that ask at once, whose it stays', async () => {
  const leases = replicas(20);
  const held = await all(leases);
  expect(held.filter(Boolean)).toHaveLength(1);
  for (let round = 0; round < 5; round += 1) expect(await all(leases)).toEqual(held);
});

it('passes on at once when it is let go of, by its holder only', async () => {
  const [first, second] = replicas(2);
  expect(await first!.acquire()).toBe(true);
  await second!.release();
  expect(await second!.acquire()).toBe(false);
  await first!.release();
  expect(await second!.acquire()).toBe(true);
});

it('passes on when it has run out, and not before', async () => {
  const [first, second] = replicas(2, 500);
  const begun = performance.now();
  expect(await first!.acquire()).toBe(true);
  while (!(await second!.acquire())) await setTimeout(10);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(495);
  expect(await first!.acquire()).toBe(false);
});

it('creates its table again when that failed at first', async () => {
  let away = true;
  const db = {
    query: (sql: string, params?: unknown[]) =>
      away ? Promise.reject(new Error('away')) : pool.query(sql, params),
  };
  const lease = postgresLease({ db, name: randomUUID() });
  await expect(lease.acquire()).rejects.toThrow('away');
  away = false;
  expect(await lease.acquire()).toBe(true);
});

it('refuses what it cannot work with, by name', () => {
  for (const [options, named] of [
    [{ db: {}, name: 'a' }, 'db'],
    [{ db: pool, name: '' }, 'name'],
    [{ db: pool, name: 'a', durationMillis: 10 }, 'durationMillis'],
    [{ db: pool, name: 'a', table: 'a; drop table b' }, 'table'],
  ] as const) {
    expect(() => postgresLease(options as never)).toThrow(named);
  }
});
