import { IsolationForest } from './isolation-forest.js';
import type { ModelOfNormal } from './model-of-normal.js';
import type { MonitorSettings } from './monitor-options.js';
import type { Verdict } from './verdict.js';

/**
 * The original's rule: beyond the offset of a forest that calls a given share of its training windows abnormal. It
 * replaces the calibrated votes, but for metrics that were constant in training, which no forest can see.
 */
export class ContaminationRule {
  readonly forest: IsolationForest;

  constructor(forest: IsolationForest) {
    this.forest = forest;
  }

  /** Undefined where nothing varied. */
  static learn(
    { contamination, forest }: MonitorSettings,
    rows: readonly Float64Array[],
    { state }: ModelOfNormal,
  ): ContaminationRule | undefined {
    if (contamination === undefined || state.constant.every(Boolean)) return undefined;
    return new ContaminationRule(
      new IsolationForest({ ...forest, contamination }).fit(rows.map((row) => varying(row, state))),
    );
  }

  /** What a verdict comes to under this rule. */
  rule(verdict: Verdict, { state }: ModelOfNormal, z: Float64Array): Verdict {
    const row = varying(z, state);
    const vote = row.some(Number.isNaN) ? null : this.forest.scoreSample(row) / this.forest.offset;
    const reached = verdict.reached.map((share, column) => (state.constant[column] ? share : 0));
    const constants = state.constant.some(Boolean) ? Math.max(...reached) : null;
    const votes = {
      single: constants,
      sustained: null,
      forest: vote,
      relation: null,
      ongoing: null,
    };
    const score = vote === null ? constants : Math.max(vote, constants ?? 0);
    return { ...verdict, votes, score };
  }
}

function varying(z: Float64Array, { constant }: ModelOfNormal['state']): Float64Array {
  return z.map((value, column) => (constant[column] ? 0 : value));
}
