import type { FeatureBaseline, FeatureSummary, Thresholds } from './feature-baseline.js';
import type { ModelOfNormal } from './model-of-normal.js';
import { backward, type TransformName } from './transform.js';

/** Values from which a metric is abnormal, in its own unit; null where no value is. */
export interface Limits {
  readonly below: number | null;
  readonly above: number | null;
}

/** What is normal for one metric of one model. */
export interface MetricBaseline extends FeatureSummary {
  /** True where training saw one value only. */
  readonly constant: boolean;
  readonly transform: TransformName;
  /** Limits for a single window. */
  readonly single: Limits;
  /** Limits for a run of `sustainedWindows`. */
  readonly sustained: Limits;
}

/** What is normal for one model, for people and dashboards. JSON-able. */
export interface ModelBaseline {
  readonly modelName: string;
  /** ISO 8601. */
  readonly trainedAt: string;
  /** Windows learnt from. */
  readonly samples: number;
  /** The false-alarm probability that so many windows can show by themselves; below it, tails are extrapolated. */
  readonly supportedProbability: number;
  readonly metrics: Readonly<Record<string, MetricBaseline>>;
}

/** The readable side of a model of normal. */
export function describeBaseline(modelName: string, normal: ModelOfNormal): ModelBaseline {
  return {
    modelName,
    trainedAt: normal.trainedAt,
    samples: normal.samples,
    supportedProbability: 1 / (normal.samples + 1),
    metrics: Object.fromEntries(
      normal.features.map((feature) => [feature.name, describeMetric(feature)]),
    ),
  };
}

function describeMetric(feature: FeatureBaseline): MetricBaseline {
  const { transform, centre, up, down } = feature;
  const limits = (threshold: (side: Thresholds) => number): Limits => ({
    below: (down && backward(transform, centre - threshold(down))) ?? null,
    above: (up && backward(transform, centre + threshold(up))) ?? null,
  });
  return {
    ...feature.summary,
    constant: feature.constant,
    transform: transform.name,
    single: limits(({ single }) => single),
    sustained: limits(({ sustained }) => sustained),
  };
}
