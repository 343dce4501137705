import type { BenchmarkRecord, SuiteRecord } from './benchmark-record.js';
import type { Figure, Spread } from './figure.js';

/** A ratio, or a count that must stay 0, that was compared. */
export interface Comparison {
  readonly name: string;
  readonly before: Spread;
  readonly after: Spread;
  readonly verdict: 'same' | 'better' | 'worse';
}

/** What two records have in common, compared. */
export interface RegressionReport {
  readonly comparisons: readonly Comparison[];
  /** Ratios of the first that the second lacks. */
  readonly missing: readonly string[];
}

/** How many per cent a ratio may move though the ends of both runs do not overlap; more where it is of a single value. */
const leastTolerance = 0.1;
const toleranceOfOne = 0.25;

/**
 * Compares ratios, which machines have in common, and not times, which they do not: how many times better than a peer,
 * and figures that are shares or multiples by themselves. A ratio has changed when it moved by more than a tenth (a
 * quarter where a run has a single value) and the least and most of the two runs do not overlap. What was 0 of a kind
 * that should be low (lost, paged twice) has to stay 0.
 */
export function compareRecords(before: BenchmarkRecord, after: BenchmarkRecord): RegressionReport {
  const comparisons: Comparison[] = [];
  const missing: string[] = [];
  for (const [suiteName, suite] of Object.entries(before.suites)) {
    const other = after.suites[suiteName];
    const [old, now] = [
      ratiosOf(suite),
      other === undefined ? new Map<string, Ratio>() : ratiosOf(other),
    ];
    for (const [name, ratio] of old) {
      const next = now.get(name);
      const whole = `${suiteName}.${name}`;
      if (next === undefined) missing.push(whole);
      else
        comparisons.push({
          name: whole,
          before: ratio.spread,
          after: next.spread,
          verdict: verdictOf(ratio, next),
        });
    }
  }
  return { comparisons, missing };
}

interface Ratio {
  readonly spread: Spread;
  readonly better: 'lower' | 'higher';
  readonly isCount: boolean;
}

function ratiosOf({ figures }: SuiteRecord): Map<string, Ratio> {
  const ratios = new Map<string, Ratio>();
  for (const [name, figure] of Object.entries(figures)) {
    if (figure.times !== undefined) ratios.set(`${name} times`, { spread: figure.times, better: 'higher', isCount: false }); // prettier-ignore
    if (figure.better !== undefined && isRatio(figure)) ratios.set(name, { spread: figure, better: figure.better, isCount: figure.unit === '' }); // prettier-ignore
  }
  return ratios;
}

/** Shares and multiples; and counts of what should not happen, of which only those that were 0 are judged. */
function isRatio({ unit, better }: Figure): boolean {
  return unit === 'x' || unit === '%' || (better === 'lower' && unit === '');
}

function verdictOf(
  { spread: before, better, isCount }: Ratio,
  { spread: after }: Ratio,
): Comparison['verdict'] {
  if (isCount) return before.high === 0 && after.high > 0 ? 'worse' : 'same';
  const overlap = after.low <= before.high && before.low <= after.high;
  const tolerance = Math.min(before.of, after.of) === 1 ? toleranceOfOne : leastTolerance;
  const moved = Math.abs(after.median - before.median) / Math.abs(before.median);
  if (overlap || moved <= tolerance) return 'same';
  return after.median > before.median === (better === 'higher') ? 'better' : 'worse';
}
