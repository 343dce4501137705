import { countTests, type FeatureBaseline, learnFeature } from './feature-baseline.js';
import type { FeatureSettings } from './feature.js';
import { IsolationForest, type IsolationForestOptions } from './isolation-forest.js';
import { type JointVotes, learnJointVotes } from './joint-votes.js';
import { clampToDomain, forward } from './transform.js';

/** How a model of normal is learnt. */
export interface LearningSettings {
  readonly features: readonly FeatureSettings[];
  readonly falseAlarmProbability: number;
  readonly runLength: number;
  readonly contamination: number | undefined;
  readonly forest: IsolationForestOptions;
}

/** What one monitored model is like when all is well. */
export interface ModelOfNormal {
  readonly features: readonly FeatureBaseline[];
  /** Windows learnt from. */
  readonly samples: number;
  /** When it was learnt, ISO 8601. */
  readonly trainedAt: string;
  /** Forest and relation of the features that varied; null with fewer than one, and with `contamination`. */
  readonly joint: JointVotes | null;
  /** The forest of the `contamination` rule; null without that option, or if nothing varied. */
  readonly contaminated: IsolationForest | null;
}

/** Learns from rows (features in order, all usable) in the order of time. */
export async function learnNormal(
  rows: readonly Float64Array[],
  settings: LearningSettings,
  trainedAt: string,
): Promise<ModelOfNormal> {
  const { features: known, contamination, runLength } = settings;
  // Two tests more: the forest and the relation.
  const probability = settings.falseAlarmProbability / (countTests(known) + 2);
  const features = known.map(
    (feature, column) =>
    learnFeature(feature, Float64Array.from(rows, (row) => row[column] as number), probability, runLength), // prettier-ignore
  );
  const base = { features, samples: rows.length, trainedAt };
  if (features.every(({ constant }) => constant)) {
    return { ...base, joint: null, contaminated: null };
  }
  const standardised = rows.map((row) => standardise(features, deviate(features, row)));
  if (contamination !== undefined) {
    const forest = new IsolationForest({ ...settings.forest, contamination });
    return { ...base, joint: null, contaminated: forest.fit(standardised) };
  }
  const votes = { forest: settings.forest, probability, runLength };
  return { ...base, joint: await learnJointVotes(standardised, votes), contaminated: null };
}

/** Deviations from the centres on the transformed scales; NaN where the value is unusable. */
export function deviate(
  features: readonly FeatureBaseline[],
  values: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(features, ({ transform, centre }, column) => {
    const value = clampToDomain(transform.name, values[column] as number);
    return forward(transform, value) - centre;
  });
}

/** Deviations of the varying features in units of their spread: what forest and relation see. */
export function standardise(
  features: readonly FeatureBaseline[],
  deviations: Float64Array,
): Float64Array {
  const varying: number[] = [];
  features.forEach(({ constant, scale }, column) => {
    if (!constant) varying.push((deviations[column] as number) / scale);
  });
  return Float64Array.from(varying);
}
