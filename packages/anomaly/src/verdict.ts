import type { FeatureBaseline, Thresholds } from './feature-baseline.js';
import { type ModelOfNormal, standardise } from './model-of-normal.js';
import { relationDistance } from './relation.js';

/** How far each vote went towards its threshold: above 1 it says "abnormal"; null where it could not vote. */
export interface Votes {
  /** One metric jumped in this window. */
  readonly single: number | null;
  /** One metric stayed off for the whole run of windows. */
  readonly sustained: number | null;
  /** The isolation forest found the whole run abnormal. */
  readonly forest: number | null;
  /** The relation between metrics was off for the whole run. */
  readonly relation: number | null;
}

/** What the votes say about a window. */
export interface Verdict {
  /** The largest vote; above 1 is abnormal. Null where nothing could vote. */
  readonly score: number | null;
  readonly votes: Votes;
  /** Share of its own nearest threshold that each feature reached, 0 where it is unusable or on the unwatched side. */
  readonly reached: readonly number[];
}

const LARGEST = 1e6;

/**
 * Judges the newest of a run of windows (deviations, oldest first, at most as many as the model's
 * run length). One window alone is enough for a jump of one metric; everything subtler has to last
 * the whole run, which a stray outlier does not.
 */
export function judge(
  model: ModelOfNormal,
  run: readonly Float64Array[],
  runLength: number,
): Verdict {
  const complete = run.length >= runLength;
  const single = model.features.map((feature, column) =>
    farthest(feature, run.slice(-1), column, ({ single: from }) => from),
  );
  const sustained = model.features.map((feature, column) =>
    complete ? farthest(feature, run, column, ({ sustained: from }) => from) : null,
  );
  const worthReporting = model.features.some(
    (feature, column) => (farthest(feature, run, column, ({ minChange }) => minChange) ?? 0) > 1,
  );
  const joint = jointVotes(model, run, complete);
  const held = (vote: number | null): number | null =>
    vote === null || worthReporting ? vote : Math.min(vote, 1);
  const contaminated = model.contaminated !== null;
  const counted = (own: readonly (number | null)[]): number | null =>
    largest(own.map((value, column) => contaminated && !model.features[column]?.constant ? null : value)); // prettier-ignore
  const votes: Votes = {
    single: counted(single),
    sustained: counted(sustained),
    forest: contaminated ? contaminatedVote(model, run) : held(joint.forest),
    relation: held(joint.relation),
  };
  return {
    score: largest(Object.values(votes)),
    votes,
    reached: single.map((value, column) => Math.max(value ?? 0, sustained[column] ?? 0)),
  };
}

/** The least deviation over the windows as a share of its threshold, on the side where it is larger. */
function farthest(
  feature: FeatureBaseline,
  windows: readonly Float64Array[],
  column: number,
  threshold: (thresholds: Thresholds) => number,
): number | null {
  let low = Infinity;
  let high = -Infinity;
  for (const window of windows) {
    const deviation = window[column] as number;
    if (Number.isNaN(deviation)) return null;
    low = Math.min(low, deviation);
    high = Math.max(high, deviation);
  }
  const up = feature.up === null ? 0 : share(low, threshold(feature.up));
  const down = feature.down === null ? 0 : share(-high, threshold(feature.down));
  return Math.max(up, down);
}

function share(deviation: number, threshold: number): number {
  if (deviation <= 0) return 0;
  return threshold > 0 ? Math.min(deviation / threshold, LARGEST) : LARGEST;
}

function jointVotes(
  { features, joint }: ModelOfNormal,
  run: readonly Float64Array[],
  complete: boolean,
): { forest: number | null; relation: number | null } {
  if (joint === null || !complete || !run.every(isWhole)) return { forest: null, relation: null };
  let forest = Infinity;
  let relation = Infinity;
  for (const window of run) {
    const row = standardise(features, window);
    forest = Math.min(forest, -joint.forest.scoreSample(row));
    relation = Math.min(relation, relationDistance(joint.relation, row));
  }
  return {
    forest: forest / joint.forestThreshold,
    relation: Math.exp(relation - joint.relationThreshold),
  };
}

/** The rule of the `contamination` option: beyond the forest's offset, window by window. */
function contaminatedVote(
  { features, contaminated }: ModelOfNormal,
  run: readonly Float64Array[],
): number | null {
  const window = run.at(-1);
  if (contaminated === null || window === undefined || !isWhole(window)) return null;
  return contaminated.scoreSample(standardise(features, window)) / contaminated.offset;
}

function isWhole(window: Float64Array): boolean {
  return window.every((deviation) => !Number.isNaN(deviation));
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
