import type { FeatureSettings } from './feature.js';
import type { Learner } from './learner.js';
import { COUNTED_EVERY, SLOW_LOOKS } from './series.js';
import { SETTLED_MILLIS } from './settling.js';
import type { Statistics } from './statistics.js';

/** Windows behind thresholds before it means something how close others come to them. */
const LEAST_COUNTED = 1000;

/** Counts how large each statistic of a normal window was, for the model and, once its tails are part of it, for the pool. */
export function countStatistics(learner: Learner, { looks, joint }: Statistics): void {
  const { tails, units, fleet, forest, normal, state } = learner;
  const { series } = fleet;
  const also = state.pooled ? fleet.pool.sums : undefined;
  const isSlow = normal.state.windows % COUNTED_EVERY === 0;
  for (let look = 0; look < looks.length; look += 1) {
    if (!isSlow && SLOW_LOOKS.has(look)) continue;
    const signed = looks[look] as Float64Array;
    for (let column = 0; column < series.width; column += 1) {
      const size = signed[column] as number;
      if (Number.isNaN(size)) continue;
      const index = series.of(look, column, 0);
      const value = units.learn(look, column, size, tails.totals[index] as number);
      const { direction } = normal.features[column] as FeatureSettings;
      tails.addSigned(index, value, also, direction);
    }
  }
  if (forest.forest === undefined) return;
  joint.forEach((row, length) => {
    const odd = forest.statistic(row);
    if (!Number.isNaN(odd)) tails.add(series.forest + length, odd, also);
  });
}

/** Counts how close a normal window came to an alarm, once thresholds are settled. */
export function countCloseness({ normal, counted, fleet, state }: Learner, vote: number): void {
  const settles = normal.spanMillis < SETTLED_MILLIS || counted < LEAST_COUNTED;
  if (state.caution > 0 || settles) return;
  fleet.closeness.count(state.block, vote * state.stretch, state.probability, fleet.models);
}
