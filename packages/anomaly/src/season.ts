const HOUR_MILLIS = 3_600_000;
export const DAY_MILLIS = 24 * HOUR_MILLIS;
export const WEEK_MILLIS = 7 * DAY_MILLIS;
/** 1970-01-01 was a Thursday; weeks begin on Monday here. */
const MONDAY = 3 * DAY_MILLIS;

/** Slots of the daily and of the weekly profile: hours, in UTC. */
const SLOTS = { daily: 24, weekly: 168 } as const;
/** A slot forgets what is older than about so many days, or weeks. */
const MEMORY = { daily: 14, weekly: 8 } as const;

/** Which profile is taken for normal: none, the hour of the day, the hour of the week. */
export type Profile = 0 | 1 | 2;

/**
 * Profiles of each metric over the day and the week, learnt window by window as means per hour and read by
 * linear interpolation between the middles of neighbouring hours.
 */
export class Season {
  readonly #width: number;
  /** Means per hour of the day, then per hour of the week, metric after metric. */
  readonly means: Float64Array;
  readonly weights: Float64Array;

  constructor(
    width: number,
    means = new Float64Array(width * (SLOTS.daily + SLOTS.weekly)),
    weights = new Float64Array(means.length),
  ) {
    this.#width = width;
    this.means = means;
    this.weights = weights;
  }

  /** What a profile expects, or undefined where it has seen too little. */
  expected(profile: 1 | 2, column: number, at: number): number | undefined {
    const slots = profile === 1 ? SLOTS.daily : SLOTS.weekly;
    const base = this.#base(profile, column);
    const position = (hourOf(at, slots) - 0.5 + slots) % slots;
    const before = Math.floor(position);
    const share = position - before;
    const after = (before + 1) % slots;
    const seenBefore = (this.weights[base + before] as number) > 0;
    const seenAfter = (this.weights[base + after] as number) > 0;
    const low = this.means[base + before] as number;
    const high = this.means[base + after] as number;
    if (seenBefore && seenAfter) return low + (high - low) * share;
    if (!seenBefore && !seenAfter) return undefined;
    return seenBefore ? low : high;
  }

  /** Learns a value; `windowsPerHour` says how many make one visit of a slot. */
  learn(column: number, at: number, value: number, windowsPerHour: number): void {
    for (const profile of [1, 2] as const) {
      const [slots, memory] =
        profile === 1 ? [SLOTS.daily, MEMORY.daily] : [SLOTS.weekly, MEMORY.weekly];
      const slot = this.#base(profile, column) + Math.floor(hourOf(at, slots));
      const weight = Math.min((this.weights[slot] as number) + 1, memory * windowsPerHour);
      const mean = this.means[slot] as number;
      this.weights[slot] = weight;
      this.means[slot] = mean + (value - mean) / Math.max(1, weight);
    }
  }

  #base(profile: 1 | 2, column: number): number {
    return profile === 1 ? column * SLOTS.daily : this.#width * SLOTS.daily + column * SLOTS.weekly;
  }
}

/** The time asked for last, and what came out: all metrics of a window ask for the same one. */
const lately = { at: Number.NaN, daily: 0, weekly: 0 };

/** Hours since midnight, or since Monday, in UTC. */
export function hourOf(at: number, slots: number): number {
  if (at !== lately.at) {
    lately.at = at;
    lately.daily = hourWithin(at, DAY_MILLIS, SLOTS.daily);
    lately.weekly = hourWithin(at + MONDAY, WEEK_MILLIS, SLOTS.weekly);
  }
  return slots === SLOTS.daily ? lately.daily : lately.weekly;
}

function hourWithin(since: number, span: number, slots: number): number {
  return Math.min((((since % span) + span) % span) / HOUR_MILLIS, slots - 1e-9);
}
