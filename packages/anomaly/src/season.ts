const HOUR_MILLIS = 3_600_000;
export const DAY_MILLIS = 24 * HOUR_MILLIS;
export const WEEK_MILLIS = 7 * DAY_MILLIS;
/** 1970-01-01 was a Thursday; weeks begin on Monday here. */
const MONDAY = 3 * DAY_MILLIS;

/** Slots of the daily and of the weekly profile: hours, in UTC. */
const SLOTS = { daily: 24, weekly: 168 } as const;
/** A slot forgets what is older than about so many days, or weeks. */
const MEMORY = { daily: 14, weekly: 8, days: 4 } as const;

/** Which profile is taken for normal: none, the hour of the day, the hour of the week, the hour of the day and the day of the week. */
export type Profile = 0 | 1 | 2 | 3;

/**
 * Profiles of each metric over the day and the week, learnt window by window as means per hour, each with
 * the slope that its neighbours suggest.
 */
export class Season {
  readonly #width: number;
  /** Means per hour of the day, then per hour of the week, metric after metric. */
  readonly means: Float64Array;
  readonly weights: Float64Array;
  /** By how much each day of the week lies above the profile of the day, metric after metric. */
  readonly days: Float64Array;
  readonly dayWeights: Float64Array;

  constructor(
    width: number,
    means = new Float64Array(width * (SLOTS.daily + SLOTS.weekly)),
    weights = new Float64Array(means.length),
    days = new Float64Array(width * 7),
    dayWeights = new Float64Array(width * 7),
  ) {
    this.#width = width;
    this.means = means;
    this.weights = weights;
    this.days = days;
    this.dayWeights = dayWeights;
  }

  /** Forgets everything. */
  clear(): void {
    for (const numbers of [this.means, this.weights, this.days, this.dayWeights]) numbers.fill(0);
  }

  /** What a profile expects, or undefined where it has seen too little; `known` is what that of the day does, if it was asked for already. */
  expected(profile: 1 | 2 | 3, column: number, at: number, known?: number): number | undefined {
    if (profile === 3) {
      const daily = known ?? this.expected(1, column, at);
      return daily === undefined ? daily : daily + (this.days[column * 7 + dayOf(at)] as number);
    }
    const slots = profile === 1 ? SLOTS.daily : SLOTS.weekly;
    const base = this.#base(profile, column);
    const hour = hourOf(at, slots);
    const slot = Math.floor(hour);
    if (!((this.weights[base + slot] as number) > 0)) return this.#besideUnseen(base, slots, hour);
    const mean = this.means[base + slot] as number;
    return mean + this.#slope(base, slots, slot, mean) * (hour - slot - 0.5);
  }

  /**
   * How steep a profile is within an hour: the harmonic mean of the steps to its neighbours where both go the same
   * way (van Leer's limiter), so that a step between two hours, such as a weekend's beginning, stays one.
   */
  #slope(base: number, slots: number, slot: number, mean: number): number {
    const before = base + ((slot + slots - 1) % slots);
    const after = base + ((slot + 1) % slots);
    if (!((this.weights[before] as number) > 0 && (this.weights[after] as number) > 0)) return 0;
    const rising = mean - (this.means[before] as number);
    const next = (this.means[after] as number) - mean;
    return rising * next > 0 ? (2 * rising * next) / (rising + next) : 0;
  }

  /** An hour never seen is as the nearer of its neighbours. */
  #besideUnseen(base: number, slots: number, hour: number): number | undefined {
    const slot = Math.floor(hour);
    const near = base + ((slot + (hour - slot < 0.5 ? slots - 1 : 1)) % slots);
    return (this.weights[near] as number) > 0 ? this.means[near] : undefined;
  }

  /** Learns a value; `windowsPerHour` says how many make one visit of a slot. */
  learn(
    column: number,
    at: number,
    value: number,
    windowsPerHour: number,
    daily = this.expected(1, column, at),
  ): void {
    const day = column * 7 + dayOf(at);
    const above = value - (daily ?? value);
    const seen = Math.min((this.dayWeights[day] as number) + 1, 24 * MEMORY.days * windowsPerHour);
    this.dayWeights[day] = seen;
    this.days[day] = (this.days[day] as number) + (above - (this.days[day] as number)) / Math.max(1, seen); // prettier-ignore
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

/** The day of the week, 0 for Monday, in UTC. */
function dayOf(at: number): number {
  return Math.floor(hourOf(at, SLOTS.weekly) / 24);
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
