import type { FeatureSummary } from './feature-summary.js';
import type { ModelOfNormal } from './model-of-normal.js';
import type { MetricAnomaly } from './report.js';
import type { Verdict } from './verdict.js';

const LARGEST_Z = 1e6;
/** Share of the score from which a metric below its own threshold is named. */
const NAMED_FROM = 0.02;

/** By how much the contribution of the metric that led counts more where it is a tie. */
const LEAD_BONUS = 1.1;

/** What there is to say about each metric of an abnormal window. */
export interface Evidence {
  readonly normal: ModelOfNormal;
  readonly values: Float64Array;
  readonly verdict: Verdict;
  /** The metric that led an incident that goes on, or below 0. */
  readonly lead: number;
  readonly isOdd: boolean;
  readonly zScores: 'plain' | 'robust';
}

/** The metrics behind an abnormal window, the one that contributes most first; at least one. */
export function attribute(evidence: Evidence): MetricAnomaly[] {
  const { normal, values, verdict, lead } = evidence;
  const score = verdict.score ?? 0;
  const weights = weightsOf(evidence);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const ranked = Array.from(values.keys())
    .filter((column) => !Number.isNaN(values[column]))
    .map((column) => {
      const contribution = total > 0 ? (score * (weights[column] as number)) / total : 0;
      const reached = verdict.reached[column] as number;
      return { column, reached, anomaly: describe(evidence, column, contribution) };
    })
    .sort((a, b) => b.anomaly.contribution - a.anomaly.contribution || Math.abs(b.anomaly.zScore) - Math.abs(a.anomaly.zScore)); // prettier-ignore
  const named = ranked.filter(
    ({ column, reached, anomaly }) =>
      reached > 1 ||
      column === lead ||
      (anomaly.contribution > NAMED_FROM * score &&
        Math.abs(anomaly.zScore) > 2 &&
        isWatched(normal, column, anomaly.zScore)),
  );
  const top = ranked[0];
  if (top === undefined) return [];
  if (named.some(({ reached }) => reached > 1) || named.includes(top)) {
    return named.map(({ anomaly }) => anomaly);
  }
  // No metric stands out by itself: the score decides how severe it is.
  const severity = score > 1.5 ? 'high' : 'medium';
  return [{ ...top.anomaly, severity }, ...named.map(({ anomaly }) => anomaly)];
}

/** Each metric's part of the score; all of them together are the score. */
export function contributions(evidence: Evidence): Record<string, number> {
  const weights = weightsOf(evidence);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const score = evidence.verdict.score ?? 0;
  return Object.fromEntries(
    evidence.normal.features.flatMap(({ name }, column): [string, number][] =>
      Number.isNaN(evidence.values[column])
        ? []
        : [[name, total > 0 ? (score * (weights[column] as number)) / total : 0]],
    ),
  );
}

/** Squares of what each metric reached by itself; where none reached enough, of how surprising it is beside the others. */
function weightsOf({ verdict, values, lead, isOdd }: Evidence): Float64Array {
  const alone = verdict.reached.some((reached) => reached > 1);
  return values.map((value, column) => {
    if (Number.isNaN(value)) return 0;
    if (alone) return (verdict.reached[column] as number) ** 4;
    if (lead >= 0 && !isOdd) return column === lead ? 1 : 0;
    const odd = (verdict.oddReached[column] as number) ** 4 || (verdict.reached[column] as number) ** 4; // prettier-ignore
    // Both ends of a relation are about as odd: the one that was named at first stays named.
    return column === lead ? LEAD_BONUS * odd : odd;
  });
}

function isWatched({ features }: ModelOfNormal, column: number, z: number): boolean {
  const direction = features[column]?.direction;
  return direction === 'both' || direction === (z > 0 ? 'up' : 'down');
}

function describe(
  { normal, values, verdict, zScores }: Evidence,
  column: number,
  contribution: number,
): MetricAnomaly {
  const { mean, std, median, mad, min, max } = normal.summaries[column] as FeatureSummary;
  const value = values[column] as number;
  const constant = max === min;
  const crossed = (verdict.reached[column] as number) > 1;
  const zScore = z(value - mean, std);
  const robustZScore = z(value - median, 1.4826 * mad || std);
  const judged = Math.abs(zScores === 'robust' ? robustZScore : zScore);
  return {
    metric: normal.features[column]?.name ?? '',
    currentValue: value,
    baselineMean: mean,
    zScore,
    robustZScore,
    contribution,
    severity: judged > 3 || (crossed && constant) ? 'high' : 'medium',
  };
}

function z(distance: number, scale: number): number {
  if (distance === 0) return 0;
  const value = scale > 0 ? distance / scale : Math.sign(distance) * LARGEST_Z;
  return Math.min(LARGEST_Z, Math.max(-LARGEST_Z, value));
}
