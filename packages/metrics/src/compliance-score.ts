import { type Database, numberOf, numberOrNull, rowsOf } from './database.js';
import type { TableName } from './table-name.js';

/** A mapping is of high confidence above this. */
export const highConfidence = 0.8;

export interface ComplianceScore {
  /** Mean confidence of the mappings, 0 to 1; null when there are none. */
  readonly overallScore: number | null;
  /** Share of the mappings with a confidence above 0.8; null when there are none. */
  readonly highConfidenceRatio: number | null;
  readonly totalMappings: number;
  readonly windowMillis: number;
}

export async function readComplianceScore(
  db: Database,
  table: TableName,
  windowMillis: number,
): Promise<ComplianceScore> {
  const [row] = await rowsOf(
    db,
    `select count(*) as total,
            avg(confidence) as overall,
            avg((confidence > $2)::int) as high
       from ${table.sql}
      where created_at >= now() - make_interval(secs => $1)`,
    [windowMillis / 1000, highConfidence],
  );
  return {
    overallScore: numberOrNull(row?.['overall']),
    highConfidenceRatio: numberOrNull(row?.['high']),
    totalMappings: numberOf(row?.['total']),
    windowMillis,
  };
}
