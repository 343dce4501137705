import { type Database, numberOf, rowsOf, textOf } from './database.js';
import type { TableName } from './table-name.js';

/** Calls of one model in the window. */
export interface ModelPerformance {
  readonly model: string;
  /** Calls begun in the window. */
  readonly calls: number;
  readonly errors: number;
  /** Share of the calls whose status is not one of success, 0 to 1. */
  readonly errorRate: number;
  /** Median duration, in ms; percentiles interpolate between calls. */
  readonly p50Millis: number;
  readonly p95Millis: number;
  readonly p99Millis: number;
  /** Calls per second, over the whole window. */
  readonly throughputPerSecond: number;
}

/** Calls of all models in the window. */
export interface ModelPerformanceReport {
  readonly windowMillis: number;
  /** The models with the most calls first, at most `maxModels`. */
  readonly models: readonly ModelPerformance[];
}

export interface ModelPerformanceOptions {
  readonly windowMillis: number;
  readonly maxModels: number;
  readonly successStatuses: readonly string[];
}

export async function readModelPerformance(
  db: Database,
  table: TableName,
  { windowMillis, maxModels, successStatuses }: ModelPerformanceOptions,
): Promise<ModelPerformanceReport> {
  const rows = await rowsOf(
    db,
    `select model, calls, errors, p[1] as p50, p[2] as p95, p[3] as p99
       from (select model,
                    count(*) as calls,
                    count(*) filter (where status <> all($2::text[])) as errors,
                    percentile_cont(array[0.5, 0.95, 0.99])
                      within group (order by duration_ms) as p
               from ${table.sql}
              where started_at >= now() - make_interval(secs => $1)
              group by model
              order by calls desc, model
              limit $3) as per_model
      order by calls desc, model`,
    [windowMillis / 1000, [...successStatuses], maxModels],
  );
  return {
    windowMillis,
    models: rows.map((row) => {
      const calls = numberOf(row['calls']);
      const errors = numberOf(row['errors']);
      return {
        model: textOf(row['model']),
        calls,
        errors,
        errorRate: errors / calls,
        p50Millis: numberOf(row['p50']),
        p95Millis: numberOf(row['p95']),
        p99Millis: numberOf(row['p99']),
        throughputPerSecond: calls / (windowMillis / 1000),
      };
    }),
  };
}
