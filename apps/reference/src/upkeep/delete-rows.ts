import type pg from 'pg';

const rowsAtATime = 5000;

/**
 * Deletes in statements of some thousand rows, so that nobody waits long for a lock. Gives how many it were.
 *
 * @param condition SQL, with `values` as its parameters
 */
export async function deleteRows(
  pool: Pick<pg.Pool, 'query'>,
  table: string,
  condition: string,
  values: readonly unknown[],
): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await pool.query(
      `delete from ${table} where ctid = any (array(
         select ctid from ${table} where ${condition} limit ${rowsAtATime}))`,
      [...values],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < rowsAtATime) return deleted;
  }
}
