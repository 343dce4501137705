import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { StoreFullError } from '../../src/index.js';
import { migrateAlerting, PostgresStore, PostgresStoreError } from '../../src/postgres.js';
import { testRaise } from '../../src/testing/commands.js';
import { databaseOfTests } from './fresh-store.js';

function failing(...codes: string[]): { calls: number; query: () => Promise<{ rows: unknown[] }> } {
  const db = {
    calls: 0,
    query(): Promise<{ rows: unknown[] }> {
      const code = codes[db.calls];
      db.calls += 1;
      if (code === undefined) return Promise.resolve({ rows: [{ result: 'true' }] });
      return Promise.reject(Object.assign(new Error(`failed with ${code}`), { code }));
    },
  };
  return db;
}

describe('a statement', () => {
  it('that only met another is repeated', async () => {
    const db = failing('40P01', '40001');
    expect(await new PostgresStore({ db }).unwatch('a')).toBe(true);
    expect(db.calls).toBe(3);
  });

  it('that meets another again and again is given up', async () => {
    const db = failing(...Array<string>(9).fill('40001'));
    const failure = await new PostgresStore({ db }).unwatch('a').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PostgresStoreError);
    expect(failure).toMatchObject({ code: '40001' });
    expect(db.calls).toBe(5);
  });

  it('that failed otherwise is not repeated, and the error keeps its cause and code', async () => {
    const db = failing('23505');
    const failure = (await new PostgresStore({ db })
      .unwatch('a')
      .catch((e: unknown) => e)) as Error;
    expect(failure.message).toBe('Postgres, unwatch: failed with 23505');
    expect(failure).toMatchObject({ code: '23505', cause: { code: '23505' } });
    expect(db.calls).toBe(1);
  });

  it('that finds no room says so as every store does', async () => {
    await expect(new PostgresStore({ db: failing('ALE01') }).unwatch('a')).rejects.toThrow(
      StoreFullError,
    );
  });

  it('that never answers is left behind', async () => {
    const db = { query: () => new Promise<never>(() => undefined) };
    await expect(new PostgresStore({ db, queryTimeoutMillis: 20 }).stats()).rejects.toThrow(
      'Postgres, stats: no answer within 20 ms (queryTimeoutMillis)',
    );
  });

  it('that reached nobody names every address that was tried', async () => {
    const refused = ['::1', '127.0.0.1'].map(
      (address) => new Error(`connect ECONNREFUSED ${address}`),
    );
    const db = { query: () => Promise.reject(new AggregateError(refused)) };
    await expect(new PostgresStore({ db }).stats()).rejects.toThrow(
      'Postgres, stats: connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1',
    );
  });

  it('whose answer is not the function’s is refused', async () => {
    const db = { query: () => Promise.resolve({ rows: [] }) };
    await expect(new PostgresStore({ db }).stats()).rejects.toThrow('has no text "result"');
  });
});

describe('a connection', () => {
  const database = databaseOfTests();

  it('with another isolation level is refused where it would lose deliveries', async () => {
    const options = '-c default_transaction_isolation=repeatable\\ read';
    const pool = new pg.Pool({ connectionString: database.url, options, max: 1 });
    try {
      await migrateAlerting(pool, { schema: database.schema });
      const store = new PostgresStore({ db: pool, schema: database.schema });
      await expect(store.raise(testRaise('a'))).rejects.toThrow(
        'the alerting store needs the isolation level "read committed", this connection has "repeatable read"',
      );
    } finally {
      await pool.end();
    }
  });

  it('whose driver turns types into something else makes no difference', async () => {
    const types = { getTypeParser: () => (text: unknown) => text };
    const pool = new pg.Pool({ connectionString: database.url, types: types, max: 1 });
    try {
      await migrateAlerting(pool, { schema: `${database.schema}_types` });
      const store = new PostgresStore({ db: pool, schema: `${database.schema}_types` });
      const { alert } = await store.raise(testRaise('a'));
      expect(alert.occurrences).toBe(1);
      expect(Math.abs(alert.startsAt - Date.now())).toBeLessThan(60_000);
    } finally {
      await pool.end();
    }
  });
});
