import { type Database, numberOf, rowsOf, textOf } from './database.js';
import { mappingsInWindow } from './mapping-rollup.js';
import type { TableName } from './table-name.js';

/** Far more than hours × severities × frameworks ever are; bounds what a wrong table can send. */
const maxCells = 5000;

/** Mappings of one hour, severity and framework. */
export interface RiskTrendCell {
  /** Begin of the hour (UTC), ISO 8601. */
  readonly hour: string;
  readonly severity: string;
  readonly framework: string;
  readonly mappings: number;
}

/** Mappings by hour, severity and framework. */
export interface RiskTrends {
  readonly windowMillis: number;
  /** Hours with mappings, oldest first, by severity and framework. */
  readonly cells: readonly RiskTrendCell[];
  /** Mappings by hour, oldest first; hours without any are absent. */
  readonly byHour: readonly { readonly hour: string; readonly mappings: number }[];
  readonly bySeverity: Readonly<Record<string, number>>;
  readonly byFramework: Readonly<Record<string, number>>;
  /** Whether there were more cells than are listed and summed; the newest are kept. */
  readonly truncated: boolean;
}

export async function readRiskTrends(
  db: Database,
  table: TableName,
  windowMillis: number,
  tenantId?: string,
): Promise<RiskTrends> {
  const rows = await rowsOf(
    db,
    `select extract(epoch from date_trunc('hour', at, 'UTC')) as hour,
            severity, framework, sum(total) as mappings
       from ${mappingsInWindow(table, tenantId === undefined ? undefined : '$3')}
      group by 1, 2, 3
     having sum(total) > 0
      order by 1 desc, 2, 3
      limit $2`,
    [windowMillis / 1000, maxCells + 1, ...(tenantId === undefined ? [] : [tenantId])],
  );
  const cells = rows
    .slice(0, maxCells)
    .map((row) => ({
      hour: new Date(numberOf(row['hour']) * 1000).toISOString(),
      severity: textOf(row['severity']),
      framework: textOf(row['framework']),
      mappings: numberOf(row['mappings']),
    }))
    .reverse();
  const sums = (key: 'hour' | 'severity' | 'framework'): Map<string, number> => {
    const map = new Map<string, number>();
    for (const cell of cells) map.set(cell[key], (map.get(cell[key]) ?? 0) + cell.mappings);
    return map;
  };
  return {
    windowMillis,
    cells,
    byHour: [...sums('hour')].map(([hour, mappings]) => ({ hour, mappings })),
    bySeverity: Object.fromEntries(sums('severity')),
    byFramework: Object.fromEntries(sums('framework')),
    truncated: rows.length > maxCells,
  };
}
