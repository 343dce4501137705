import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startPostgres, type Service } from 'test-services';
import { afterAll, beforeAll } from 'vitest';
import { migrateAlerting, PostgresStore, type PostgresStoreOptions } from '../../src/postgres.js';

const tables = ['alert', 'history', 'watch', 'delivery', 'notice', 'channel', 'silence', 'counter'];

/** A database for the tests beside the call, from before the first of them until after the last. */
export function databaseOfTests(): TestDatabase {
  const database = new TestDatabase();
  let service: Service | undefined;
  beforeAll(async () => {
    service = await startPostgres();
    database.url = service.url;
  }, 60_000);
  afterAll(async () => {
    if (database.url !== '') await database.close();
    await service?.stop();
  });
  return database;
}

/** Pools that tests have opened on one server. */
export class TestDatabase {
  url: string;
  readonly #pools: pg.Pool[] = [];
  /** What this file's schemas begin with; `close` drops them. */
  readonly schema = `alerting_${randomBytes(5).toString('hex')}`;
  readonly #names = { schema: this.schema, prefix: 'test_' };

  constructor(url = '') {
    this.url = url;
  }

  pool(max = 4): pg.Pool {
    const pool = new pg.Pool({ connectionString: this.url, max, connectionTimeoutMillis: 5000 });
    pool.on('error', () => undefined);
    this.#pools.push(pool);
    return pool;
  }

  /** The file's stores, emptied; each with a pool of its own. */
  async stores(
    count: number,
    options: Partial<PostgresStoreOptions> = {},
  ): Promise<[PostgresStore, ...PostgresStore[]]> {
    const [first = this.pool(), ...others] = this.#pools.slice(0, count);
    const pools = [first, ...others];
    while (pools.length < count) pools.push(this.pool());
    await migrateAlerting(first, this.#names);
    // Deleted, not truncated: that would have every connection plan anew.
    await first.query(
      tables
        .map((table) => `DELETE FROM "${this.#names.schema}"."${this.#names.prefix}${table}"`)
        .join(';'),
    );
    const [store, ...replicas] = pools.map(
      (db) => new PostgresStore({ db, ...this.#names, ...options }),
    );
    return [store!, ...replicas];
  }

  async close(): Promise<void> {
    const { rows } = await this.pool().query<{ name: string }>(
      'SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1)',
      [this.schema],
    );
    for (const { name } of rows) await this.pool().query(`DROP SCHEMA "${name}" CASCADE`);
    await Promise.all(this.#pools.map((pool) => pool.end()));
  }
}
