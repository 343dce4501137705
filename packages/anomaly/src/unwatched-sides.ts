import type { Learner } from './learner.js';
import type { Judged } from './monitored-model.js';

/** Spreads from which a change to the side that is not watched is followed at once. */
const FOLLOWED_FROM = 2.5;

/** A change for the better that lasts a run of windows is no incident: what is normal follows at once. */
export function followUnwatched(
  { normal, drift, fleet }: Learner,
  { z, statistics }: Judged,
  at: number,
): void {
  const { weakest, looks } = statistics;
  normal.features.forEach(({ direction }, column) => {
    if (direction === 'both' || normal.state.constant[column]) return;
    const least = (weakest[2] as Float64Array)[column] as number;
    const better = direction === 'up' ? -least : least;
    if (!(better > FOLLOWED_FROM)) return;
    const mean =
      ((looks[2] as Float64Array)[column] as number) / Math.sqrt(fleet.settings.runLength);
    normal.adopt(column, at, mean * normal.spread(column, at), 0);
    drift.reset(column);
    z[column] = (z[column] as number) - mean;
  });
}
