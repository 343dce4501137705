import type { RiskTrends } from '@llm/metrics';

type BySeverity = Readonly<Record<string, number>>;

/** Risk trends as two small tables: the cells of a day would be 40 kB a second for each reader. */
export function riskSums({ cells }: Pick<RiskTrends, 'cells'>): {
  readonly byFramework: Readonly<Record<string, BySeverity>>;
  readonly byHour: readonly (readonly [hour: string, bySeverity: BySeverity])[];
} {
  const frameworks = new Map<string, Record<string, number>>();
  const hours = new Map<string, Record<string, number>>();
  const add = (
    sums: Map<string, Record<string, number>>,
    key: string,
    severity: string,
    n: number,
  ): void => {
    const sum = sums.get(key) ?? {};
    sum[severity] = (sum[severity] ?? 0) + n;
    sums.set(key, sum);
  };
  for (const { hour, framework, severity, mappings } of cells) {
    add(frameworks, framework, severity, mappings);
    add(hours, hour, severity, mappings);
  }
  return { byFramework: Object.fromEntries([...frameworks].sort()), byHour: [...hours] };
}
