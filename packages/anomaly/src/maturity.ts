import { DAY_MILLIS } from './season.js';

/** Windows up to which caution is full, and from which on it is over. */
const CAUTIOUS = 150;
const CALM = 1500;

/**
 * How much caution a model needs, 1 to 0. Few windows show no tails, and less than three days show no
 * season: until then, changes have to be large by the owner's measure, not by a spread's.
 */
export function cautionFor(windows: number, spanMillis: number): number {
  const few = 1 - Math.log(windows / CAUTIOUS) / Math.log(CALM / CAUTIOUS);
  const short = Number.isNaN(spanMillis) ? 0 : (3 * DAY_MILLIS - spanMillis) / (2 * DAY_MILLIS);
  return Math.min(1, Math.max(0, few, short));
}
