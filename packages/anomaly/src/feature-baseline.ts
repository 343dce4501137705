import type { Change, FeatureSettings } from './feature.js';
import { ascending, quantile } from './quantile.js';
import { runMinima, runProbability, tailThreshold } from './tail.js';
import { clampToDomain, fitTransform, forward, type Transform } from './transform.js';

/** Deviations, on the transformed scale, from which on a side is abnormal; Infinity for never. */
export interface Thresholds {
  /** For a single window. */
  readonly single: number;
  /** For each of a run of windows. */
  readonly sustained: number;
  /** What `minChange` comes to on this side. */
  readonly minChange: number;
}

/** What normal is for one metric, in its own unit. */
export interface FeatureSummary {
  readonly mean: number;
  /** Standard deviation of the training values (of the population, as numpy's default). */
  readonly std: number;
  readonly p95: number;
  readonly median: number;
  /** Median absolute deviation from the median, unscaled. */
  readonly mad: number;
  readonly min: number;
  readonly max: number;
}

/** All that was learnt about one metric. JSON-able but for infinite thresholds. */
export interface FeatureBaseline {
  readonly name: string;
  readonly summary: FeatureSummary;
  /** True where training saw one value only; no forest can see such a column. */
  readonly constant: boolean;
  readonly transform: Transform;
  /** Transformed median. */
  readonly centre: number;
  /** Robust spread of the transformed values; 1 for a constant. */
  readonly scale: number;
  readonly up: Thresholds | null;
  readonly down: Thresholds | null;
}

/** Number of threshold comparisons that a window of these features is put to. */
export function countTests(features: readonly FeatureSettings[]): number {
  return features.reduce((sum, { direction }) => sum + (direction === 'both' ? 4 : 2), 0);
}

/** Learns one metric from its values in the order of time; each threshold gets `probability`. */
export function learnFeature(
  feature: FeatureSettings,
  values: Float64Array,
  probability: number,
  runLength: number,
): FeatureBaseline {
  const summary = summarise(values);
  const transform = fitTransform(feature.transform, values);
  const transformed = values.map((value) => forward(transform, value));
  const centre = forward(transform, summary.median);
  const constant = summary.max - summary.min <= 1e-12 * Math.abs(summary.median);
  const scale = constant ? 1 : spread(transformed);
  const side = (sign: 1 | -1): Thresholds => {
    const floor = (change: Change): number =>
      sign * (forward(transform, edge(transform, summary.median, change, sign)) - centre);
    const minChange = floor(feature.minChange);
    const minJump = Math.max(minChange, floor(feature.minJump));
    if (constant) return constantThresholds(centre, minChange, minJump);
    const deviations = transformed.map((value) => sign * (value - centre));
    const ofRuns = tailThreshold(runMinima(deviations, runLength), runProbability(probability));
    // What independent windows would need: training that swings from side to side shows no runs at all.
    const ofWindows = quantile(ascending(deviations), 1 - probability ** (1 / runLength));
    const certain =
      feature.certainJump === undefined
        ? Infinity
        : Math.max(
            floor(feature.certainJump),
            deviations.reduce((a, b) => Math.max(a, b), 0) + scale,
          );
    const single = Math.min(certain, tailThreshold(deviations, probability));
    return {
      single: Math.max(minJump, single),
      sustained: Math.max(minChange, ofRuns, ofWindows, nothing(centre)),
      minChange,
    };
  };
  return {
    name: feature.name,
    summary,
    constant,
    transform,
    centre,
    scale,
    up: feature.direction === 'down' ? null : side(1),
    down: feature.direction === 'up' ? null : side(-1),
  };
}

/**
 * A column that never moved has no tail to extrapolate: what is worth reporting decides. Where the
 * feature says nothing about that either, any change that lasts is reported, and no single window.
 */
function constantThresholds(centre: number, minChange: number, minJump: number): Thresholds {
  return {
    single: minJump > 0 ? minJump : Infinity,
    sustained: Math.max(minChange, nothing(centre)),
    minChange,
  };
}

/** A deviation that is rounding rather than change. */
function nothing(centre: number): number {
  return 1e-9 * Math.max(1, Math.abs(centre));
}

/** The value that lies a change above or below the median. */
function edge(
  { name }: Transform,
  median: number,
  { absolute = 0, relative = 0 }: Change,
  sign: 1 | -1,
): number {
  const outward = sign * median >= 0;
  const factor = outward ? relative : relative / (1 + relative);
  const distance = Math.max(absolute, factor * Math.abs(median));
  return clampToDomain(name, median + sign * distance);
}

function summarise(values: Float64Array): FeatureSummary {
  const sorted = ascending(values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const median = quantile(sorted, 0.5);
  return {
    mean,
    std: Math.sqrt(variance),
    p95: quantile(sorted, 0.95),
    median,
    mad: quantile(ascending(values.map((value) => Math.abs(value - median))), 0.5),
    min: sorted[0] as number,
    max: sorted[sorted.length - 1] as number,
  };
}

/** Spread from the quartiles, from the standard deviation where these coincide. */
function spread(transformed: Float64Array): number {
  const { mad, std } = summarise(transformed);
  return 1.4826 * mad || std || 1;
}
