import { startPostgres } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateAlerting, PostgresStore, PostgresStoreError } from '../../src/postgres.js';
import { testClaim, testRaise } from '../../src/testing/commands.js';
import { TestDatabase } from './fresh-store.js';

type Service = Awaited<ReturnType<typeof startPostgres>>;

let service: Service;
let database: TestDatabase;

beforeAll(async () => {
  service = await startPostgres({ breakable: true });
  database = new TestDatabase(service.url);
}, 60_000);

afterAll(async () => {
  await database.close();
  await service.stop();
});

describe('a Postgres that is killed and started again', () => {
  it(
    'has kept all that was acknowledged, and what was not is there entirely or not at all',
    { timeout: 60_000 },
    async () => {
      const pools = [database.pool(8), database.pool(8)] as const;
      await migrateAlerting(pools[0]);
      const stores = pools.map((db) => new PostgresStore({ db, queryTimeoutMillis: 3000 }));
      const acknowledged = new Set<string>();
      const attempted: string[] = [];
      const errors: unknown[] = [];
      let storming = true;
      const callers = Array.from({ length: 16 }, async (_, caller) => {
        const store = stores[caller % 2]!;
        for (let n = 0; storming; n += 1) {
          const key = `c${caller}-${n}`;
          attempted.push(key);
          try {
            await store.raise(testRaise(key));
            acknowledged.add(key);
          } catch (error) {
            errors.push(error);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      });
      for (let round = 0; round < 3; round += 1) {
        const before = acknowledged.size;
        await expect
          .poll(() => acknowledged.size, { timeout: 20_000 })
          .toBeGreaterThan(before + 150);
        await service.kill();
        await service.start();
      }
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(before + 50);
      storming = false;
      await Promise.all(callers);
      expect(errors.length).toBeGreaterThan(0);
      for (const error of errors) expect(error).toBeInstanceOf(PostgresStoreError);

      const [store] = stores as [PostgresStore, ...PostgresStore[]];
      const kept = new Set<string>();
      let cursor: string | null = null;
      do {
        const page = await store.active({ limit: 500, cursor });
        for (const { key } of page.items) kept.add(key);
        ({ cursor } = page);
      } while (cursor !== null);
      expect([...acknowledged].filter((key) => !kept.has(key))).toEqual([]);
      // Each alert that is there has its one notification, its one line of history, and is counted.
      expect([...kept].filter((key) => !attempted.includes(key))).toEqual([]);
      const notified: string[] = [];
      for (;;) {
        const { deliveries } = await store.claim(
          testClaim('first', { limit: 1000, leaseMillis: 60_000 }),
        );
        if (deliveries.length === 0) break;
        notified.push(
          ...deliveries.flatMap(({ notifications }) => notifications.map(({ alert }) => alert.key)),
        );
      }
      expect(notified.sort()).toEqual([...kept].sort());
      expect(await store.stats()).toMatchObject({
        alerts: kept.size,
        active: kept.size,
        pending: { first: kept.size },
      });
    },
  );
});

describe('a Postgres that does not answer', () => {
  it(
    'rejects with what is wrong when it is down, and serves again when it is back',
    { timeout: 30_000 },
    async () => {
      const pool = database.pool(2);
      await migrateAlerting(pool);
      const store = new PostgresStore({ db: pool });
      await service.kill();
      const failure = await store.raise(testRaise('down')).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PostgresStoreError);
      expect((failure as Error).message).toMatch(/^Postgres, raise: ./);
      await service.start();
      await expect
        .poll(() => store.raise(testRaise('up')).then(() => 'raised', String))
        .toBe('raised');
      expect(await store.get('down')).toBeNull();
    },
  );

  it('rejects after queryTimeoutMillis when it hangs', { timeout: 30_000 }, async () => {
    const pool = database.pool(2);
    const store = new PostgresStore({ db: pool, queryTimeoutMillis: 300 });
    // Somebody holds the alert's row: the raise waits.
    await store.raise(testRaise('held'));
    const other = await database.pool(1).connect();
    await other.query('BEGIN');
    await other.query(`SELECT 1 FROM alerting_alert WHERE id = 'held' FOR UPDATE`);
    const begun = performance.now();
    await expect(store.raise(testRaise('held'))).rejects.toThrow(
      'Postgres, raise: no answer within 300 ms (queryTimeoutMillis)',
    );
    expect(performance.now() - begun).toBeLessThan(2000);
    await other.query('ROLLBACK');
    other.release();
  });
});
