import { DAY_MILLIS } from './season.js';

/** A level follows slow changes with this half-life, and never within fewer windows; one that is young follows faster. */
const HALF_LIFE_MILLIS = DAY_MILLIS / 4;
const LEAST_WINDOWS = 24;
const YOUNG = { millis: HALF_LIFE_MILLIS / 6, windows: LEAST_WINDOWS / 2 } as const;

/** What was asked for last, and came out: most models have one cadence. */
const grownLately = { cadence: Number.NaN, gain: 0 };
const youngLately = { cadence: Number.NaN, gain: 0 };

/** The share of the newest window in a level, where windows are so many milliseconds apart. */
export function gainOf(cadence: number, isYoung: boolean): number {
  const lately = isYoung ? youngLately : grownLately;
  if (cadence !== lately.cadence) {
    const halfLife = isYoung
      ? Math.max(YOUNG.windows, YOUNG.millis / cadence)
      : Math.max(LEAST_WINDOWS, HALF_LIFE_MILLIS / cadence);
    lately.cadence = cadence;
    lately.gain = 1 - 0.5 ** (1 / halfLife);
  }
  return lately.gain;
}
