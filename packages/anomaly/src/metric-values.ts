import type { FeatureSettings } from './feature.js';
import { isInDomain } from './transform.js';

/** Named numbers of one window. */
export type MetricValues = Readonly<Record<string, number | null | undefined>>;

/** A metric that cannot be judged, and why. */
export interface UnusableMetric {
  readonly metric: string;
  /** `missing`, `not_a_number` (NaN or not a number at all), `not_finite`, `out_of_range` (negative, or a share outside [0, 1]), or `flat_line` (it used to move, and stands still). */
  readonly reason: 'missing' | 'not_a_number' | 'not_finite' | 'out_of_range' | 'flat_line';
}

/** One window, in the order of the features. */
export interface MetricRow {
  /** A value for each feature, NaN where it is unusable. */
  readonly values: Float64Array;
  readonly unusable: UnusableMetric[];
}

/** Largest magnitude that is judged; beyond it sums of squares overflow. */
const LARGEST = 1e150;

/** Reads the features' values by name, into `values`, and says which of them are unusable. */
export function readMetrics(
  features: readonly FeatureSettings[],
  metrics: MetricValues | null | undefined,
  values: Float64Array = new Float64Array(features.length),
): MetricRow {
  const unusable: UnusableMetric[] = [];
  for (let index = 0; index < features.length; index += 1) {
    const { name, transform } = features[index] as FeatureSettings;
    const value: unknown = metrics && Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    const reason = whyUnusable(value, transform);
    // JSON knows no -0.
    values[index] = reason === undefined ? (value as number) + 0 : Number.NaN;
    if (reason !== undefined) unusable.push({ metric: name, reason });
  }
  return { values, unusable };
}

function whyUnusable(
  value: unknown,
  transform: FeatureSettings['transform'],
): UnusableMetric['reason'] | undefined {
  if (value === undefined || value === null) return 'missing';
  if (typeof value !== 'number' || Number.isNaN(value)) return 'not_a_number';
  if (Math.abs(value) > LARGEST) return 'not_finite';
  return isInDomain(transform, value) ? undefined : 'out_of_range';
}
