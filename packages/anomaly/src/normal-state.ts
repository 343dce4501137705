import type { Profile } from './season.js';
import type { Transform } from './transform.js';

/** Profiles that a metric can be expected by, no profile being the first. */
export const PROFILES = 4;

/** All that is remembered of what is normal for one model, but for the kept windows, season and counts. */
export interface NormalState {
  windows: number;
  /** Time of the first window learnt with a time, and of the newest; NaN before. */
  firstAt: number;
  lastAt: number;
  trainedAt: string;
  transforms: Transform[];
  constant: boolean[];
  profile: Profile[];
  /** The longest profile that some metric was ever expected by. */
  longestProfile: Profile;
  /** Transformed medians of the kept windows. */
  anchor: Float64Array;
  /** Per profile and metric: level above the profile, mean square of what is left, windows behind it. */
  level: Float64Array;
  square: Float64Array;
  seen: Float64Array;
  /** Smallest spread of each metric: what stands still for days has none of its own. */
  least: Float64Array;
  /** Per hour of the day and metric: mean square of the deviations there, and behind it the windows that it is of. */
  hourly: Float64Array;
  /** Windows learnt since a metric's level was last moved at once: it is not known well yet. */
  sinceAdopted: Float64Array;
  /** Moments in the metric's own unit. */
  mean: Float64Array;
  variance: Float64Array;
}

/** What is remembered before anything was seen. */
export function blankState(width: number): NormalState {
  return {
    windows: 0,
    firstAt: Number.NaN,
    lastAt: Number.NaN,
    trainedAt: '',
    transforms: [],
    constant: Array.from({ length: width }, () => false),
    profile: Array.from({ length: width }, () => 0),
    longestProfile: 0,
    anchor: new Float64Array(width),
    level: new Float64Array(PROFILES * width),
    square: new Float64Array(PROFILES * width),
    seen: new Float64Array(PROFILES * width),
    least: new Float64Array(width),
    hourly: new Float64Array(2 * 24 * width),
    sinceAdopted: new Float64Array(width).fill(1e6),
    mean: new Float64Array(width),
    variance: new Float64Array(width),
  };
}

/** Where a metric's part of an hour of the day begins in `hourly`. */
export function hourlyIndex(width: number, column: number, hour: number): number {
  return 2 * (hour * width + column);
}

/** Forgets how much a metric deviates in which hours. */
export function forgetHourly({ hourly, anchor }: NormalState, column: number): void {
  for (let hour = 0; hour < 24; hour += 1) hourly[hourlyIndex(anchor.length, column, hour) + 1] = 0;
}
