import { forgetHourly, type NormalState } from './normal-state.js';
import { DAY_MILLIS, type Profile } from './season.js';

/** Profiles that can be learnt, the simplest first, from three days on and from two weeks on. */
const FROM_DAYS: readonly Profile[] = [1];
const FROM_WEEKS: readonly Profile[] = [1, 3, 2];
/** What each profile must gain while days of the week were seen twice or thrice only: one deploy in an hour of them looks like a habit. */
const BETTER_WHILE_FEW = [1, 1, 0.5, 1] as const;
/** Windows that a profile must have foretold. */
const LEAST_SEEN = 100;

/** Takes the profiles that have foretold the windows best, once three days or two weeks were seen; the metrics for which that changed. */
export function chooseProfiles(state: NormalState): number[] {
  const width = state.anchor.length;
  const span = state.lastAt - state.firstAt;
  const known = span >= 14 * DAY_MILLIS - DAY_MILLIS / 24 ? FROM_WEEKS : span >= 3 * DAY_MILLIS ? FROM_DAYS : []; // prettier-ignore
  const of = (numbers: Float64Array, profile: Profile, column: number): number => numbers[profile * width + column] as number; // prettier-ignore
  const changed: number[] = [];
  for (let column = 0; column < width; column += 1) {
    const before = state.profile[column] as Profile;
    let best: Profile = 0;
    for (const profile of known) {
      if (of(state.seen, profile, column) <= LEAST_SEEN) continue;
      const gain = of(state.square, profile, column) / of(state.square, best, column);
      // The one in use stays until another is clearly better, and a simpler one is preferred.
      const few = span < 28 * DAY_MILLIS ? (BETTER_WHILE_FEW[profile] as number) : 1;
      if (gain < (before === profile ? 1.05 : 0.95 * few)) best = profile;
    }
    if (best === before) continue;
    state.profile[column] = best;
    state.longestProfile = Math.max(best, state.longestProfile) as Profile;
    forgetHourly(state, column);
    changed.push(column);
  }
  return changed;
}
