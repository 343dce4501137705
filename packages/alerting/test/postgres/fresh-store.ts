import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateAlerting, PostgresStore, type PostgresStoreOptions } from '../../src/postgres.js';

/** Pools that a test file has opened on one server. */
export class TestDatabase {
  readonly url: string;
  readonly #pools: pg.Pool[] = [];

  constructor(url: string) {
    this.url = url;
  }

  pool(max = 4): pg.Pool {
    const pool = new pg.Pool({ connectionString: this.url, max, connectionTimeoutMillis: 5000 });
    pool.on('error', () => undefined);
    this.#pools.push(pool);
    return pool;
  }

  /** Empty stores on tables of their own, each with a pool of its own. */
  async stores(
    count: number,
    options: Partial<PostgresStoreOptions> = {},
  ): Promise<[PostgresStore, ...PostgresStore[]]> {
    const prefix = `t${randomBytes(5).toString('hex')}_`;
    const schema = 'alerting_test';
    const [first = this.pool(), ...others] = this.#pools.slice(0, count);
    const pools = [first, ...others];
    while (pools.length < count) pools.push(this.pool());
    await migrateAlerting(first, { schema, prefix });
    const [store, ...replicas] = pools.map(
      (db) => new PostgresStore({ db, schema, prefix, ...options }),
    );
    return [store!, ...replicas];
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
  }
}
