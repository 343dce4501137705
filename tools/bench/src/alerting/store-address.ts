import { randomBytes } from 'node:crypto';
import { MemoryStore, type AlertStore } from '@llm/alerting';
import { migrateAlerting, PostgresStore } from '@llm/alerting/postgres';
import { RedisStore } from '@llm/alerting/redis';
import { Redis } from 'ioredis';
import pg from 'pg';

/** The stores that several processes can share. */
export const sharedStores = ['redis', 'postgres'] as const;

/** Where alerts are kept, as plain data that can be told to another process. */
export type StoreAddress =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'redis' | 'postgres';
      readonly url: string;
      /** Prefix of the keys, or schema of the tables: one for each round. */
      readonly space: string;
      /** Connections to Postgres. Default 16. */
      readonly connections?: number;
    };

/** A store, and how to let go of its connections. */
export interface OpenStore {
  readonly store: AlertStore;
  readonly close: () => Promise<void>;
}

/** A name that no earlier round has used. */
export function freshSpace(): string {
  return `bench_${randomBytes(6).toString('hex')}`;
}

/** Connects. Whoever opens a Postgres first makes its tables; others wait for that and find them. */
export async function openStore(address: StoreAddress): Promise<OpenStore> {
  if (address.kind === 'memory')
    return { store: new MemoryStore(), close: () => Promise.resolve() };
  const { url, space } = address;
  if (address.kind === 'redis') {
    const client = new Redis(url, { retryStrategy: () => 50, lazyConnect: true });
    // A connection that breaks shows in the commands that it was to carry.
    client.on('error', () => undefined);
    await client.connect();
    const store = new RedisStore({ client, prefix: space });
    return {
      store,
      close: () => {
        client.disconnect();
        return Promise.resolve();
      },
    };
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: address.connections ?? 16,
    connectionTimeoutMillis: 5000,
  });
  pool.on('error', () => undefined);
  await migrateAlerting(pool, { schema: space });
  return { store: new PostgresStore({ db: pool, schema: space }), close: () => pool.end() };
}
