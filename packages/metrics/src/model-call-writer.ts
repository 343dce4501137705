import { BoundedCall } from './bounded-call.js';
import { MetricsConfigurationError, functionOption, integerOption } from './configuration.js';
import type { Database } from './database.js';
import { type DashboardTables, tableNames } from './table-name.js';

/** One call of a model, as the dashboard reads it. */
export interface ModelCall {
  readonly model: string;
  readonly startedAt: Date;
  readonly durationMillis: number;
  /** `success` and `error`, or what the dashboard's `successStatuses` knows. */
  readonly status: string;
}

/** How model calls are written. */
export interface ModelCallWriterOptions extends Pick<DashboardTables, 'modelCallsTable'> {
  /** Where they are written; a pg Pool, or anything with `query(sql, params)`. */
  readonly db: Database;
  /** Time between two writes, in ms. Default 1000. */
  readonly flushIntervalMillis?: number | undefined;
  /** Most calls that wait while the database is slow or away; further ones are dropped and counted. Default 20000. */
  readonly maxBuffered?: number | undefined;
  /** How long a write may take, in ms; after that it has failed. Default 10000. */
  readonly deadlineMillis?: number | undefined;
  /** Told about every write that failed; what it throws is ignored. Default none. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What became of the calls so far. */
export interface ModelCallWriterStats {
  /** Calls that wait. */
  readonly buffered: number;
  readonly written: number;
  /** Calls that were left out: there was no place, they were no calls, or they came after `close`. */
  readonly dropped: number;
  /** Writes that failed; their calls wait for the next one. */
  readonly failedWrites: number;
}

/** Writes the rows of `model_calls` that the dashboard reads. */
export interface ModelCallWriter {
  /** Takes a call; never throws and waits for nothing. */
  record(call: ModelCall): void;
  /** Writes what was taken; never rejects. */
  flush(): Promise<void>;
  /** Writes what is left and stops; never rejects. */
  close(): Promise<void>;
  stats(): ModelCallWriterStats;
}

const rowsPerStatement = 5000;

/**
 * Writes model calls to the dashboard's table, some thousand in a statement, off the path of the calls themselves. What
 * the database does not take waits for the next write, within bounds. A write that failed after the database had taken
 * it is written again.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createModelCallWriter(options: ModelCallWriterOptions): ModelCallWriter {
  const { db } = options;
  if (typeof (db as Partial<Database> | undefined)?.query !== 'function') {
    throw new MetricsConfigurationError('db', db, 'a database with query(sql, params)');
  }
  const table = tableNames(options).modelCalls.sql;
  const maxBuffered = integerOption('maxBuffered', options.maxBuffered, 20_000, 1);
  const interval = integerOption('flushIntervalMillis', options.flushIntervalMillis, 1000, 1);
  const deadline = integerOption('deadlineMillis', options.deadlineMillis, 10_000, 1);
  const onError = functionOption('onError', options.onError);
  const counts = { written: 0, dropped: 0, failedWrites: 0 };
  let calls: ModelCall[] = [];
  let closed = false;
  const timer = setInterval(() => void flush(), interval).unref();

  const write = new BoundedCall(async () => {
    while (calls.length > 0) {
      const batch = calls.slice(0, rowsPerStatement);
      await db.query(
        `insert into ${table} (model, started_at, duration_ms, status)
         select * from unnest($1::text[], $2::timestamptz[], $3::float8[], $4::text[])`,
        [
          batch.map(({ model }) => model),
          batch.map(({ startedAt }) => startedAt),
          batch.map(({ durationMillis }) => durationMillis),
          batch.map(({ status }) => status),
        ],
      );
      counts.written += batch.length;
      // Given up after its deadline, and written meanwhile by another run.
      if (calls[0] === batch[0]) calls = calls.slice(batch.length);
    }
  }, deadline);

  const flush = async (): Promise<void> => {
    try {
      await write.call();
    } catch (error) {
      counts.failedWrites += 1;
      try {
        onError?.(error);
      } catch {
        // The host's own reporter failed; there is nobody left to tell.
      }
    }
  };

  return {
    record(call) {
      // One row that the database refuses would hold up all others.
      if (!closed && calls.length < maxBuffered && isCall(call)) calls.push(call);
      else counts.dropped += 1;
    },
    flush,
    async close() {
      closed = true;
      clearInterval(timer);
      await flush();
    },
    stats: () => ({ buffered: calls.length, ...counts }),
  };
}

function isCall(call: unknown): call is ModelCall {
  const { model, startedAt, durationMillis, status } = (call ?? {}) as Partial<ModelCall>;
  return (
    typeof model === 'string' &&
    startedAt instanceof Date &&
    !Number.isNaN(startedAt.getTime()) &&
    typeof durationMillis === 'number' &&
    durationMillis >= 0 &&
    typeof status === 'string'
  );
}
