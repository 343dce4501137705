import { randomUUID } from 'node:crypto';
import { createTable, type Queryable } from './postgres-table.js';
import type { MonitorLease } from './monitor-lease.js';

/** Options of a `postgresLease`. */
export interface PostgresLeaseOptions {
  /** Runs the SQL. */
  readonly db: Queryable;
  /** What is leased, 1 to 200 characters: the same in all replicas that take turns. */
  readonly name: string;
  /** How long the lease is held without being renewed, milliseconds, 500 to 600000. Default 5000. */
  readonly durationMillis?: number | undefined;
  /** Table to use; created if it is not there. Default `anomaly_leases`. */
  readonly table?: string | undefined;
}

/**
 * A lease in a row of a table: of the replicas that name it the same, one holds it. A holder that ends without letting
 * go of it loses it after `durationMillis`. Only Postgres' clock counts, and each step is one statement.
 */
export function postgresLease({
  db,
  name,
  durationMillis = 5000,
  table = 'anomaly_leases',
}: PostgresLeaseOptions): MonitorLease {
  if (typeof name !== 'string' || name === '' || name.length > 200) {
    throw new TypeError('name must be a string of 1 to 200 characters');
  }
  if (!Number.isInteger(durationMillis) || durationMillis < 500 || durationMillis > 600_000) {
    throw new RangeError(
      `durationMillis must be an integer from 500 to 600000, got ${String(durationMillis)}`,
    );
  }
  const ready = createTable(
    db,
    table,
    'name text primary key, holder text not null, expires_at timestamptz not null',
  );
  const holder = randomUUID();
  return {
    durationMillis,
    acquire: async () => {
      await ready();
      const { rows } = await db.query(
        `insert into ${table} as kept (name, holder, expires_at)
         values ($1, $2, clock_timestamp() + make_interval(secs => $3))
         on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
         where kept.holder = excluded.holder or kept.expires_at < clock_timestamp()
         returning true as held`,
        [name, holder, durationMillis / 1000],
      );
      return rows.length > 0;
    },
    release: async () => {
      await ready();
      await db.query(`delete from ${table} where name = $1 and holder = $2`, [name, holder]);
    },
  };
}
