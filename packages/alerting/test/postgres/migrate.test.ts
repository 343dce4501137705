import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { AlertingConfigError } from '../../src/index.js';
import { migrateAlerting, PostgresStore } from '../../src/postgres.js';
import { testRaise } from '../../src/testing/commands.js';
import { databaseOfTests } from './fresh-store.js';

const database = databaseOfTests();

describe('migrateAlerting', () => {
  it('is applied once by replicas that start together, and changes nothing the second time', async () => {
    const pools = Array.from({ length: 6 }, () => database.pool(1));
    const names = { schema: `${database.schema}_together`, prefix: 'a_' };
    await Promise.all(pools.map((pool) => migrateAlerting(pool, names)));
    const [pool] = pools as [pg.Pool, ...pg.Pool[]];
    const applied = async (): Promise<unknown> =>
      (await pool.query(`SELECT version, applied_at FROM ${names.schema}.a_migration`)).rows;
    const before = await applied();
    expect(before).toEqual([{ version: 3, applied_at: expect.any(Date) as Date }]);
    const store = new PostgresStore({ db: pool, ...names });
    await store.raise(testRaise('kept'));
    await Promise.all(pools.map((each) => migrateAlerting(each, names)));
    expect(await applied()).toEqual(before);
    expect((await store.get('kept'))?.occurrences).toBe(1);
  });

  it('keeps stores with other prefixes in the same schema apart', async () => {
    const db = database.pool(1);
    const [one, other] = (await Promise.all(
      ['one_', 'other_'].map(async (prefix) => {
        await migrateAlerting(db, { schema: `${database.schema}_apart`, prefix });
        return new PostgresStore({ db, schema: `${database.schema}_apart`, prefix });
      }),
    )) as [PostgresStore, PostgresStore];
    await one.raise(testRaise('a'));
    expect(await other.get('a')).toBeNull();
    expect((await other.stats()).alerts).toBe(0);
  });

  it('leaves a database alone that a newer release has migrated', async () => {
    const pool = database.pool(1);
    const schema = `${database.schema}_newer`;
    const names = { schema };
    await migrateAlerting(pool, names);
    await pool.query(`INSERT INTO ${schema}.alerting_migration (version) VALUES (999)`);
    await pool.query(`DROP FUNCTION ${schema}.alerting_unwatch(text)`);
    await migrateAlerting(pool, names);
    const { rows } = await pool.query<{ proc: string | null }>(
      `SELECT to_regproc('${schema}.alerting_unwatch')::text AS proc`,
    );
    expect(rows).toEqual([{ proc: null }]);
  });

  it('brings the first version up to date and keeps what is stored', async () => {
    const pool = database.pool(1);
    const names = { schema: `${database.schema}_first` };
    await migrateAlerting(pool, names);
    await new PostgresStore({ db: pool, ...names }).raise(testRaise('kept'));
    await pool.query(`ALTER TABLE ${names.schema}.alerting_alert DROP COLUMN openings`);
    await pool.query(`UPDATE ${names.schema}.alerting_migration SET version = 1`);
    await migrateAlerting(pool, names);
    const store = new PostgresStore({ db: database.pool(1), ...names });
    expect(await store.raise(testRaise('kept'))).toMatchObject({ opened: false, recent: 2 });
    expect(await store.get('kept')).toMatchObject({ occurrences: 2, openings: [] });
  });

  it('leaves nothing behind when it fails', async () => {
    const pool = database.pool(1);
    const schema = `${database.schema}_half`;
    await pool.query(`CREATE SCHEMA ${schema}`);
    await pool.query(`CREATE TABLE ${schema}.alerting_watch (id text)`);
    await expect(migrateAlerting(pool, { schema })).rejects.toThrow(
      /^Postgres, migrate: relation "alerting_watch" already exists/,
    );
    const { rows } = await pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${schema}'`,
    );
    expect(rows).toEqual([{ name: 'alerting_watch' }]);
  });

  it.each([
    ['schema', 'Public"; DROP TABLE x; --'],
    ['schema', ''],
    ['prefix', '1a'],
    ['prefix', 'x'.repeat(41)],
    ['prefix', 'Ä'],
  ])('refuses the %s %j by name', async (option, value) => {
    const pool = database.pool(1);
    await expect(migrateAlerting(pool, { [option]: value })).rejects.toThrow(AlertingConfigError);
    expect(() => new PostgresStore({ db: pool, [option]: value })).toThrow(
      new RegExp(`^${option}: must be`),
    );
  });

  it('says that it is missing when a store is used without it', async () => {
    const store = new PostgresStore({ db: database.pool(1), schema: 'nowhere' });
    await expect(store.stats()).rejects.toThrow(/has migrateAlerting\(db\) been run\?/);
  });
});
