import { type Database, numberOf, numberOrNull, rowsOf } from './database.js';
import { mappingsInWindow } from './mapping-rollup.js';
import type { TableName } from './table-name.js';

/** How sure the mappings of the window are; null where there are none. */
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
  tenantId?: string,
): Promise<ComplianceScore> {
  const [row] = await rowsOf(
    db,
    `select coalesce(sum(total), 0) as total,
            sum(confidence) / nullif(sum(total), 0) as overall,
            sum(high)::float8 / nullif(sum(total), 0) as high
       from ${mappingsInWindow(table, tenantId === undefined ? undefined : '$2')}`,
    [windowMillis / 1000, ...(tenantId === undefined ? [] : [tenantId])],
  );
  return {
    overallScore: numberOrNull(row?.['overall']),
    highConfidenceRatio: numberOrNull(row?.['high']),
    totalMappings: numberOf(row?.['total']),
    windowMillis,
  };
}
