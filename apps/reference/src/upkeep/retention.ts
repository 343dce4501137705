import type pg from 'pg';
import { deleteRows } from './delete-rows.js';

/** Rows that were deleted. */
export interface Expired {
  readonly mappings: number;
  readonly modelCalls: number;
  /** Of five minutes each, which the dashboard adds up. */
  readonly sums: number;
}

/** Deletes what is older than so many days: mappings, model calls, and the sums of them. */
export async function applyRetention(pool: Pick<pg.Pool, 'query'>, days: number): Promise<Expired> {
  const before = (column: string, more = '0'): string =>
    `${column} < now() - make_interval(secs => $1 * 86400 + ${more})`;
  return {
    mappings: await deleteRows(pool, 'compliance_mappings', before('created_at'), [days]),
    modelCalls: await deleteRows(pool, 'model_calls', before('started_at'), [days]),
    // Those whose mappings are all gone.
    sums: await deleteRows(pool, 'compliance_mappings_rollup', before('slot', '300'), [days]),
  };
}
