import type { Learner } from './learner.js';
import { DAY_MILLIS, type Profile } from './season.js';
import { FIRST_ODD, LOOKS } from './series.js';

/** Time after which the first week's profile is known and got used to. */
export const SETTLED_MILLIS = 16 * DAY_MILLIS;
/** Windows that a relation counts as learnt from, at most, once what it relates is measured in another way. */
const RELATION_KEPT = 256;

/**
 * Deviations from one profile say nothing about those from another: when the first season is seen all tails begin
 * anew, and those of a metric when its week is. What changes its profile later is left to get used to it.
 */
export function followSeason(
  learner: Learner,
  changed: readonly number[],
  wasLongest: Profile,
): void {
  const { normal, tails, units, drift, relation, fleet, state } = learner;
  for (const column of changed) drift.forget(column);
  if (wasLongest === 0 && normal.longestProfile > 0) {
    learner.leavePool();
    tails.clear();
    units.clear();
    relation.windows = Math.min(relation.windows, RELATION_KEPT);
    return;
  }
  if (normal.spanMillis >= SETTLED_MILLIS || changed.length === 0) return;
  const also = state.pooled ? fleet.pool.sums : undefined;
  for (let look = 0; look < LOOKS.length; look += 1) {
    for (let column = 0; column < normal.width; column += 1) {
      // How odd a metric is beside the others changes with each of these.
      if (look < FIRST_ODD && !changed.includes(column)) continue;
      units.forget(look, column);
      tails.forget(fleet.series.of(look, column, 0), also);
      tails.forget(fleet.series.of(look, column, 1), also);
    }
  }
}
