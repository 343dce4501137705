import { MetricsConfigurationError } from './configuration.js';
import { type Database, numberOf, rowsOf } from './database.js';
import { slotSeconds } from './mapping-rollup.js';
import { type DashboardTables, tableNames } from './table-name.js';

/** Rows that were deleted. */
export interface ExpiredRows {
  readonly mappings: number;
  readonly modelCalls: number;
  /** Of the rollup: sums of mappings that are all gone. */
  readonly sums: number;
}

/** Nobody waits long for a lock. */
const rowsAtATime = 5000;
const mostDays = 36_500;

/**
 * Deletes what is older than so many days: mappings, model calls, and the sums of mappings that are gone. It does so in
 * statements of some thousand rows, and may be run again at any time. Rejects with what the database does.
 *
 * @throws MetricsConfigurationError for a bad number of days or table name.
 */
export async function deleteExpiredRows(
  db: Database,
  days: number,
  tables: DashboardTables = {},
): Promise<ExpiredRows> {
  if (typeof days !== 'number' || !(days > 0 && days <= mostDays)) {
    throw new MetricsConfigurationError('days', days, `a number from above 0 to ${mostDays}`);
  }
  const { mappings, modelCalls } = tableNames(tables);
  const before = (column: string, moreSeconds = 0): string =>
    `${column} < now() - make_interval(secs => $1 * 86400 + ${moreSeconds})`;
  return {
    mappings: await deleteRows(db, mappings.sql, before('created_at'), [days]),
    modelCalls: await deleteRows(db, modelCalls.sql, before('started_at'), [days]),
    sums: await deleteRows(db, mappings.sibling('rollup'), before('slot', slotSeconds), [days]),
  };
}

/**
 * Deletes a tenant's mappings, so that sums and scores are as if they had never been; gives how many. Model calls name no
 * tenant. Rejects with what the database does.
 *
 * @throws MetricsConfigurationError for a bad id or table name.
 */
export async function deleteTenantRows(
  db: Database,
  tenantId: string,
  tables: DashboardTables = {},
): Promise<number> {
  if (typeof tenantId !== 'string' || tenantId === '') {
    throw new MetricsConfigurationError('tenantId', tenantId, 'the id of a tenant');
  }
  return deleteRows(db, tableNames(tables).mappings.sql, 'tenant_id = $1', [tenantId]);
}

async function deleteRows(
  db: Database,
  table: string,
  condition: string,
  values: readonly unknown[],
): Promise<number> {
  const sql = `with deleted as (
      delete from ${table} where ctid = any (array(
        select ctid from ${table} where ${condition} limit ${rowsAtATime})) returning 1)
    select count(*) as count from deleted`;
  for (let deleted = 0; ;) {
    const [row] = await rowsOf(db, sql, [...values]);
    const count = numberOf(row?.['count']);
    deleted += count;
    if (count < rowsAtATime) return deleted;
  }
}
