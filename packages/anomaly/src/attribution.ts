import type { FeatureBaseline } from './feature-baseline.js';
import type { ModelOfNormal } from './model-of-normal.js';
import type { MetricAnomaly } from './report.js';
import { backward } from './transform.js';
import type { Verdict } from './verdict.js';

const LARGEST_Z = 1e6;

/** The metrics behind an abnormal window, the one furthest beyond its threshold first; at least one. */
export function attribute(
  { features }: ModelOfNormal,
  values: Float64Array,
  { reached, score }: Verdict,
): MetricAnomaly[] {
  const ranked = features
    .map((feature, column) => ({
      feature,
      value: values[column] as number,
      reached: reached[column] as number,
    }))
    .filter(({ value }) => !Number.isNaN(value))
    .map((entry) => ({
      ...entry,
      anomaly: describe(entry.feature, entry.value, entry.reached > 1),
    }))
    .sort(
      (a, b) => b.reached - a.reached || Math.abs(b.anomaly.zScore) - Math.abs(a.anomaly.zScore),
    );
  const named = ranked
    .filter(
      (entry) => entry.reached > 1 || (entry.reached > 0 && Math.abs(entry.anomaly.zScore) > 2),
    )
    .map(({ anomaly }) => anomaly);
  if (named.length > 0) return named;
  // A broken relation: no metric stands out by itself, so the score decides how severe it is.
  return ranked
    .slice(0, 1)
    .map(({ anomaly }) => ({ ...anomaly, severity: (score ?? 0) > 1.5 ? 'high' : 'medium' }));
}

function describe(feature: FeatureBaseline, value: number, crossed: boolean): MetricAnomaly {
  const { mean, std, median, mad } = feature.summary;
  const plainScale = feature.constant ? constantScale(feature) : std;
  const zScore = z(value - mean, plainScale);
  return {
    metric: feature.name,
    currentValue: value,
    baselineMean: mean,
    zScore,
    robustZScore: z(value - median, 1.4826 * mad || plainScale),
    severity: Math.abs(zScore) > 3 || (crossed && feature.constant) ? 'high' : 'medium',
  };
}

function z(distance: number, scale: number): number {
  if (distance === 0) return 0;
  const value = scale > 0 ? distance / scale : Math.sign(distance) * LARGEST_Z;
  return Math.min(LARGEST_Z, Math.max(-LARGEST_Z, value));
}

/** A column that never moved has no z; a third of the change worth reporting stands in, so that such a change is `high`. */
function constantScale({ up, down, centre, transform, summary }: FeatureBaseline): number {
  const above = up && backward(transform, centre + up.sustained);
  const below = down && backward(transform, centre - down.sustained);
  const edge = above ?? below ?? summary.median;
  return Math.abs(edge - summary.median) / 3;
}
