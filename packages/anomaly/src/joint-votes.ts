import { IsolationForest, type IsolationForestOptions } from './isolation-forest.js';
import { learnRelation, type Relation, relationDistance } from './relation.js';
import { runMinima, runProbability, tailThreshold } from './tail.js';

/** Votes on all metrics together. Thresholds are for the lowest score of a run of windows. */
export interface JointVotes {
  readonly forest: IsolationForest;
  readonly forestThreshold: number;
  readonly relation: Relation;
  /** Logarithm of the distance. */
  readonly relationThreshold: number;
}

/** How they are learnt. */
export interface JointVoteSettings {
  readonly forest: IsolationForestOptions;
  readonly probability: number;
  readonly runLength: number;
}

const FOLDS = 5;

/**
 * Learns the forest and the relation from standardised rows in the order of time. Their thresholds
 * come from rows that the scorer did not learn from (five blocks, each scored by what the other four
 * taught), because a forest finds its own training rows too normal. Lets the event loop run between.
 */
export async function learnJointVotes(
  rows: readonly Float64Array[],
  settings: JointVoteSettings,
): Promise<JointVotes> {
  const forestScores: number[] = [];
  const distances: number[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const from = Math.floor((fold * rows.length) / FOLDS);
    const to = Math.floor(((fold + 1) * rows.length) / FOLDS);
    const others = [...rows.slice(0, from), ...rows.slice(to)];
    const forest = new IsolationForest(settings.forest).fit(others);
    const relation = learnRelation(others);
    for (const row of rows.slice(from, to)) {
      forestScores.push(-forest.scoreSample(row));
      distances.push(relationDistance(relation, row));
    }
    await turnOfEventLoop();
  }
  const threshold = (scores: number[]): number =>
    tailThreshold(runMinima(scores, settings.runLength), runProbability(settings.probability));
  return {
    forest: new IsolationForest(settings.forest).fit(rows),
    forestThreshold: threshold(forestScores),
    relation: learnRelation(rows),
    relationThreshold: threshold(distances),
  };
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
