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
 * the slope that its neighbours suggest. What one hour knows of all metrics lies together: a window touches few hours.
 */
export class Season {
  readonly #width: number;
  /** Hour of the day after hour, then hour of the week after hour; in each, mean and weight of metric after metric. */
  readonly hours: Float64Array;
  /** Day of the week after day: by how much each metric lies above its profile of the day, and the weight of that. */
  readonly days: Float64Array;

  constructor(
    width: number,
    hours = new Float64Array(2 * width * (SLOTS.daily + SLOTS.weekly)),
    days = new Float64Array(2 * width * 7),
  ) {
    this.#width = width;
    this.hours = hours;
    this.days = days;
  }

  /** Forgets everything. */
  clear(): void {
    this.hours.fill(0);
    this.days.fill(0);
  }

  /** What a profile expects, or undefined where it has seen too little; `known` is what that of the day does, if it was asked for already. */
  expected(profile: 1 | 2 | 3, column: number, at: number, known?: number): number | undefined {
    if (profile === 3) {
      const daily = known ?? this.expected(1, column, at);
      return daily === undefined ? daily : daily + (this.days[this.#day(column, at)] as number);
    }
    const slots = profile === 1 ? SLOTS.daily : SLOTS.weekly;
    const hour = hourOf(at, slots);
    const slot = Math.floor(hour);
    const here = this.#hour(profile, column, slot);
    if (!((this.hours[here + 1] as number) > 0)) return this.#besideUnseen(profile, column, hour);
    const mean = this.hours[here] as number;
    return mean + this.#slope(profile, column, slot, mean) * (hour - slot - 0.5);
  }

  /**
   * How steep a profile is within an hour: the harmonic mean of the steps to its neighbours where both go the same
   * way (van Leer's limiter), so that a step between two hours, such as a weekend's beginning, stays one.
   */
  #slope(profile: 1 | 2, column: number, slot: number, mean: number): number {
    const slots = profile === 1 ? SLOTS.daily : SLOTS.weekly;
    const before = this.#hour(profile, column, slot === 0 ? slots - 1 : slot - 1);
    const after = this.#hour(profile, column, slot === slots - 1 ? 0 : slot + 1);
    const { hours } = this;
    if (!((hours[before + 1] as number) > 0 && (hours[after + 1] as number) > 0)) return 0;
    const rising = mean - (hours[before] as number);
    const next = (hours[after] as number) - mean;
    return rising * next > 0 ? (2 * rising * next) / (rising + next) : 0;
  }

  /** An hour never seen is as the nearer of its neighbours. */
  #besideUnseen(profile: 1 | 2, column: number, hour: number): number | undefined {
    const slots = profile === 1 ? SLOTS.daily : SLOTS.weekly;
    const slot = Math.floor(hour);
    const near = this.#hour(profile, column, (slot + (hour - slot < 0.5 ? slots - 1 : 1)) % slots);
    return (this.hours[near + 1] as number) > 0 ? this.hours[near] : undefined;
  }

  /** Learns a value; `windowsPerHour` says how many make one visit of a slot. */
  learn(
    column: number,
    at: number,
    value: number,
    windowsPerHour: number,
    daily = this.expected(1, column, at),
  ): void {
    learnMean(this.days, this.#day(column, at), value - (daily ?? value), 24 * MEMORY.days * windowsPerHour); // prettier-ignore
    for (const profile of [1, 2] as const) {
      const slots = profile === 1 ? SLOTS.daily : SLOTS.weekly;
      const memory = profile === 1 ? MEMORY.daily : MEMORY.weekly;
      const here = this.#hour(profile, column, Math.floor(hourOf(at, slots)));
      learnMean(this.hours, here, value, memory * windowsPerHour);
    }
  }

  #hour(profile: 1 | 2, column: number, slot: number): number {
    return 2 * ((profile === 1 ? slot : SLOTS.daily + slot) * this.#width + column);
  }

  #day(column: number, at: number): number {
    return 2 * (dayOf(at) * this.#width + column);
  }
}

/** Learns a value into a mean, whose weight lies behind it. */
function learnMean(numbers: Float64Array, index: number, value: number, most: number): void {
  const weight = Math.min((numbers[index + 1] as number) + 1, most);
  const mean = numbers[index] as number;
  numbers[index + 1] = weight;
  numbers[index] = mean + (value - mean) / Math.max(1, weight);
}

/** The day of the week, 0 for Monday, in UTC. */
export function dayOf(at: number): number {
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
