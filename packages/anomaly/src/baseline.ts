import type { FeatureSummary } from './feature-summary.js';
import type { Learner } from './learner.js';
import type { TrainingState } from './report.js';
import { leastDeviation } from './thresholds.js';
import { backward, type Transform, type TransformName } from './transform.js';

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
  /** What it is expected by beside its level: nothing, the hour of the day, or the hour of the week. */
  readonly season: 'none' | 'daily' | 'weekly';
  /** Where it is expected now. */
  readonly expected: number;
  /** Limits for a single window now. */
  readonly single: Limits;
  /** Limits for the mean of the newest two windows now. */
  readonly sustained: Limits;
}

/** What is normal for one model, for people and dashboards. JSON-able. */
export interface ModelBaseline {
  readonly modelName: string;
  /** When it was first learnt, or learnt anew as a whole; ISO 8601. */
  readonly trainedAt: string;
  /** Windows learnt from. */
  readonly samples: number;
  readonly training: TrainingState;
  readonly metrics: Readonly<Record<string, MetricBaseline>>;
}

/** The readable side of what a model learnt, at a time. */
export function describeBaseline(
  modelName: string,
  learner: Learner,
  training: TrainingState,
  at: number,
): ModelBaseline {
  const { state, features } = learner.normal;
  return {
    modelName,
    trainedAt: state.trainedAt,
    samples: state.windows,
    training,
    metrics: Object.fromEntries(
      features.map(({ name }, column) => [name, describeMetric(learner, column, at)]),
    ),
  };
}

function describeMetric(learner: Learner, column: number, at: number): MetricBaseline {
  const { normal } = learner;
  const transform = normal.state.transforms[column] as Transform;
  const centre = normal.expected(column, at);
  const limits = (look: 0 | 1): Limits => ({
    below: limitOf(learner, column, at, look, -1),
    above: limitOf(learner, column, at, look, 1),
  });
  return {
    ...(normal.summaries[column] as FeatureSummary),
    constant: normal.state.constant[column] === true,
    transform: transform.name,
    season: (['none', 'daily', 'weekly', 'weekly'] as const)[normal.state.profile[column] ?? 0],
    expected: backward(transform, centre) ?? 0,
    single: limits(0),
    sustained: limits(1),
  };
}

function limitOf(
  { normal, thresholds, fleet, caution }: Learner,
  column: number,
  at: number,
  look: 0 | 1,
  sign: 1 | -1,
): number | null {
  const transform = normal.state.transforms[column] as Transform;
  const feature = normal.features[column];
  if (feature === undefined || feature.direction === (sign > 0 ? 'down' : 'up')) return null;
  const constant = normal.state.constant[column] === true;
  const centre = normal.expected(column, at);
  const least = leastDeviation(feature, transform, centre, sign, look, constant ? 1 : caution);
  if (constant && look === 0 && least === 0) return null;
  const threshold = thresholds[fleet.series.of(look, column, sign > 0 ? 0 : 1)] as number;
  const spreads = constant ? 0 : threshold / Math.sqrt(look + 1);
  return (
    backward(transform, centre + sign * Math.max(least, spreads * normal.spread(column, at))) ??
    null
  );
}
