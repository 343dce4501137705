/** Anything that runs SQL with numbered parameters; pg's Pool and Client do. */
export interface Database {
  query(sql: string, params?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export type Row = Readonly<Record<string, unknown>>;

/** The rows of one query. */
export async function rowsOf(
  db: Database,
  sql: string,
  params: unknown[],
): Promise<readonly Row[]> {
  return (await db.query(sql, params)).rows as readonly Row[];
}

/** A number column; drivers give bigint and numeric as text. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(value ?? Number.NaN);
  if (!Number.isFinite(number)) throw new TypeError('the database answered with no number');
  return number;
}

/** A number column that may be null. */
export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : numberOf(value);
}

/** A text column. */
export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('the database answered with no text');
  return value;
}
