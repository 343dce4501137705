/** Whatever runs SQL: `pg`'s Pool and Client do. */
export interface Queryable {
  query(sql: string, params?: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * Creates a table if it is not there, when first asked; again after that failed.
 *
 * @throws TypeError or RangeError, at once, for what is no database or no plain name
 */
export function createTable(db: Queryable, table: string, columns: string): () => Promise<void> {
  if (typeof (db as { query?: unknown } | undefined)?.query !== 'function') {
    throw new TypeError('db must have a function query(sql, params)');
  }
  if (!/^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/.test(table)) {
    throw new RangeError(`table must be a plain name, got ${JSON.stringify(table)}`);
  }
  let created: Promise<void> | undefined;
  return async () => {
    created ??= create(db, `create table if not exists ${table} (${columns})`);
    try {
      await created;
    } catch (error) {
      created = undefined;
      throw error;
    }
  };
}

/** Two processes that create at once collide in Postgres' catalogue: the table is there then. */
async function create(db: Queryable, sql: string): Promise<void> {
  try {
    await db.query(sql);
  } catch (error) {
    if (!['23505', '42P07', '42710'].includes((error as { code?: string }).code ?? '')) throw error;
  }
}
