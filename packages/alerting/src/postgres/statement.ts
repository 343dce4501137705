import { setTimeout as sleep } from 'node:timers/promises';
import { AlertingConfigError, checkedNumber } from '../configuration.js';
import { StoreFullError } from '../store.js';

/** SQLSTATE of a store that has no room. */
export const storeFullCode = 'ALE01';

/** A database: pg's Pool or Client, or anything else that runs a statement. */
export interface Queryable {
  query(sql: string, params?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** How statements are run. */
export interface StatementOptions {
  /**
   * After so long without an answer a call rejects, milliseconds. Default 5000. It bounds the caller's
   * wait only: the statement may still happen. Set pg's own beside it, so that connections come back
   * too: `connectionTimeoutMillis` (default: wait for ever for a free one), `query_timeout`,
   * `statement_timeout`.
   */
  readonly queryTimeoutMillis?: number;
}

/** A statement that failed, with the driver's error as its cause: nothing or all of it has happened. */
export class PostgresStoreError extends Error {
  override readonly name = 'PostgresStoreError';
  /** SQLSTATE or the driver's code, such as `ECONNREFUSED`; null where there was none. */
  readonly code: string | null;

  constructor(message: string, code: string | null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Runs a statement; `what` names it in errors. */
export type StatementRunner = (
  what: string,
  sql: string,
  params: unknown[],
) => Promise<readonly unknown[]>;

/** The handed in database, or an error that says what it should be. */
export function checkedDatabase(db: unknown): Queryable {
  if (typeof (db as Queryable | null)?.query !== 'function') {
    throw new AlertingConfigError('db', 'must be an object with query(sql, params)', db);
  }
  return db as Queryable;
}

/** The time limit of a call, milliseconds, or an error that names the option. */
export function checkedTimeout({ queryTimeoutMillis = 5000 }: StatementOptions): number {
  return checkedNumber('queryTimeoutMillis', queryTimeoutMillis, { min: 1, max: 2 ** 31 - 1 });
}

/** The error of a call that had no answer in time: whether it happened is not known. */
export function timeoutError(timeoutMillis: number): Error {
  return new Error(`no answer within ${timeoutMillis} ms (queryTimeoutMillis)`);
}

/** Serialization failure and deadlock: the statement did not happen and may be repeated. */
const repeatable = new Set(['40001', '40P01']);
const mostAttempts = 5;
/** No such table, schema or function. */
const unmigrated = new Set(['42P01', '3F000', '42883']);

/** Runs statements on a database: with a time limit, repeating what only met another, with clear errors. */
export function statementRunner(db: Queryable, options: StatementOptions): StatementRunner {
  const timeoutMillis = checkedTimeout(options);
  return async (what, sql, params) => {
    const deadline = performance.now() + timeoutMillis;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await within(deadline, timeoutMillis, () => db.query(sql, params));
      } catch (error) {
        const code = codeOf(error);
        const again = code !== null && repeatable.has(code) && attempt < mostAttempts;
        if (!again || performance.now() >= deadline) throw explained(what, code, error);
        await sleep(Math.random() * 10 * attempt);
      }
    }
  };
}

async function within(
  deadline: number,
  timeoutMillis: number,
  query: () => Promise<{ readonly rows: readonly unknown[] }>,
): Promise<readonly unknown[]> {
  let timeout: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timeout = setTimeout(
        () => reject(timeoutError(timeoutMillis)),
        Math.max(1, deadline - performance.now()),
      );
    });
    return (await Promise.race([query(), late])).rows;
  } finally {
    clearTimeout(timeout);
  }
}

function codeOf(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

function explained(what: string, code: string | null, error: unknown): Error {
  const reason = reasonOf(error);
  if (code === storeFullCode) return new StoreFullError(reason);
  const hint = code !== null && unmigrated.has(code) ? ' (has migrateAlerting(db) been run?)' : '';
  return new PostgresStoreError(`Postgres, ${what}: ${reason}${hint}`, code, error);
}

function reasonOf(error: unknown): string {
  // A host name with several addresses: Node gives one error for each, and the outer has no message.
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(reasonOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
