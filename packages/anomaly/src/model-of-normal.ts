import { CallsOfWindows, CountingNoise } from './counting-noise.js';
import { clippedSpread, type FeatureSummary, summariseLearnt } from './feature-summary.js';
import type { FeatureSettings } from './feature.js';
import { blankState, hourlyIndex, type NormalState, PROFILES } from './normal-state.js';
import { gainOf } from './half-life.js';
import { RecentWindows } from './recent-windows.js';
import { DAY_MILLIS, hourOf, type Profile, Season } from './season.js';
import { clampToDomain, fitTransform, forward, type Transform } from './transform.js';

/** Windows kept as they were; while there are fewer, normal is learnt anew from all of them. */
export const KEPT_WINDOWS = 512;

/** A level that is moved at once counts as learnt from so many windows. */
const KNOWN_WHEN_ADOPTED = 3;

const SEASONS = [1, 2, 3] as const;
/** A spread never shrinks below this share of what it was at first. */
const LEAST_OF_FIRST = 0.1;
/** Deviations beyond so many spreads move level and profiles no further. */
const MOST_LEARNT = 4;

/**
 * What one monitored model is like when all is well, learnt window by window. A metric is expected at
 * its profile over the day or week plus a level that moves slowly; how far it usually lies from there is
 * always measured before the window is learnt, so that no error is one of training.
 */
export class ModelOfNormal {
  readonly features: readonly FeatureSettings[];
  readonly width: number;
  readonly state: NormalState;
  readonly season: Season;
  readonly recent: RecentWindows;
  readonly calls: CallsOfWindows;
  readonly noise: CountingNoise;
  /** Where the calls of a window are counted; -1 where they are not. */
  readonly #throughput: number;
  #summaries: FeatureSummary[] | undefined;

  constructor(
    features: readonly FeatureSettings[],
    state?: NormalState,
    season?: Season,
    recent?: RecentWindows,
    calls = new CallsOfWindows(),
    noise = new CountingNoise(features.length, calls),
  ) {
    const width = features.length;
    this.features = features;
    this.width = width;
    this.state = state ?? blankState(width);
    this.season = season ?? new Season(width);
    this.recent = recent ?? new RecentWindows(width, KEPT_WINDOWS);
    this.calls = calls;
    this.noise = noise;
    this.#throughput = features.findIndex(({ name }) => name === 'throughput');
  }

  /** Whether anything can be judged yet. */
  get isFitted(): boolean {
    return this.state.transforms.length > 0;
  }

  /** Whether some metric is expected by a profile. */
  get hasSeason(): boolean {
    return this.state.profile.some((profile) => profile > 0);
  }

  /** The longest profile that some metric was ever expected by. */
  get longestProfile(): Profile {
    return this.state.longestProfile;
  }

  /** Time that was learnt from, milliseconds; NaN for a history without times. */
  get spanMillis(): number {
    return this.state.lastAt - this.state.firstAt;
  }

  /** A metric's value on the scale of deviations. */
  transformed(column: number, value: number): number {
    const transform = this.state.transforms[column] as Transform;
    return forward(transform, clampToDomain(transform.name, value));
  }

  /** Where a metric is expected, on that scale. */
  expected(column: number, at: number, profile = this.state.profile[column] as Profile): number {
    return this.#base(column, at, profile) + this.#of('level', profile, column);
  }

  /** Usual distance from there, at this hour, in a window with the calls of the one at hand. */
  spread(column: number, at: number): number {
    const { profile, hourly, constant } = this.state;
    if (constant[column]) return 1;
    const least = (this.state.least[column] as number) || 1e-9;
    // A level that was moved at once is known no better than the few windows since let it be.
    const unsure = 1 + 1 / ((this.state.sinceAdopted[column] as number) + KNOWN_WHEN_ADOPTED);
    const usual =
      unsure * this.noise.factor(column) * this.#of('square', profile[column] as Profile, column);
    const square = Math.max(usual, least * least);
    if (Number.isNaN(at)) return Math.sqrt(square);
    const slot = hourlyIndex(this.width, column, Math.floor(hourOf(at, 24)));
    const seen = hourly[slot + 1] as number;
    return Math.max(least, Math.sqrt((square * (seen * (hourly[slot] as number) + 60)) / (seen + 60))); // prettier-ignore
  }

  /** Makes a window the one at hand, by its calls. */
  weigh(values: ArrayLike<number>): void {
    if (this.#throughput >= 0) this.calls.weigh(values[this.#throughput] as number);
  }

  /** Deviations of a window, which becomes the one at hand, in units of their spread, written into `z`; NaN for a metric that is unusable. */
  deviations(
    values: ArrayLike<number>,
    at: number,
    z: Float64Array = new Float64Array(this.width),
  ): Float64Array {
    this.weigh(values);
    for (let column = 0; column < this.width; column += 1) {
      const value = values[column] as number;
      z[column] = Number.isNaN(value)
        ? Number.NaN
        : (this.transformed(column, value) - this.expected(column, at)) / this.spread(column, at);
    }
    return z;
  }

  /** Keeps a window, and learns its time; `fit` makes something of it. */
  keep(values: Float64Array, at: number): void {
    const { state } = this;
    state.windows += 1;
    this.#summaries = undefined;
    if (!Number.isNaN(at)) {
      if (Number.isNaN(state.firstAt)) state.firstAt = at;
      state.lastAt = Math.max(at, Number.isNaN(state.lastAt) ? at : state.lastAt);
    }
    const memory = Math.min(state.windows, 20_000);
    let isWhole = true;
    for (let column = 0; column < this.width; column += 1) {
      const value = values[column] as number;
      if (Number.isNaN(value)) {
        isWhole = false;
        continue;
      }
      const step = value - (state.mean[column] as number);
      state.mean[column] = (state.mean[column] as number) + step / memory;
      const variance = state.variance[column] as number;
      state.variance[column] = variance + ((1 - 1 / memory) * step * step - variance) / memory;
    }
    if (isWhole) this.recent.push(values, at);
  }

  /** Learns scale, centre and spread of each metric anew from the kept windows. */
  fit(now: string): void {
    const { state, recent } = this;
    state.trainedAt = now;
    state.transforms = this.features.map((feature, column) =>
      fitTransform(feature.transform, recent.column(column)),
    );
    this.features.forEach((_, column) => {
      const summary = this.summaries[column] as FeatureSummary;
      const values = recent.column(column).map((value) => this.transformed(column, value));
      const centre = this.transformed(column, summary.median);
      state.constant[column] = summary.max - summary.min <= 1e-12 * Math.abs(summary.median);
      state.anchor[column] = centre;
      const spread = clippedSpread(values, centre);
      state.least[column] = LEAST_OF_FIRST * spread;
      for (let profile = 0; profile < PROFILES; profile += 1) {
        const index = profile * this.width + column;
        state.level[index] = 0;
        state.square[index] = spread * spread;
        state.seen[index] = profile === 0 ? recent.length : 0;
      }
    });
  }

  /** Learns a fitted model's window: profiles, levels, spreads. */
  learn(values: Float64Array, at: number, cadence: number): void {
    this.keep(values, at);
    this.weigh(values);
    if (this.#throughput >= 0) this.calls.learn(values[this.#throughput] as number);
    for (let column = 0; column < this.width; column += 1) {
      const value = values[column] as number;
      if (!Number.isNaN(value))
        this.#learnColumn(column, this.transformed(column, value), at, cadence);
    }
  }

  /** Learns the profiles from the kept windows, which came before there was anything to learn with. */
  learnKeptSeason(cadence: number): void {
    for (let rank = 0; rank < this.recent.length; rank += 1) {
      const at = this.recent.time(rank);
      if (Number.isNaN(at)) continue;
      this.recent.row(rank).forEach((value, column) => {
        this.season.learn(column, at, this.transformed(column, value), hoursOf(cadence));
      });
    }
  }

  /** Takes the likeliest dependence of each metric's noise on the calls. */
  chooseNoise(): void {
    this.noise.choose((column, factor) => {
      for (let profile = 0; profile < PROFILES; profile += 1) {
        const index = profile * this.width + column;
        this.state.square[index] = (this.state.square[index] as number) * factor;
      }
    });
  }

  /** Takes a lasting change for normal: moves a metric's levels, and widens its spread if need be. */
  adopt(column: number, at: number, shift: number, spread: number): void {
    const { state } = this;
    state.sinceAdopted[column] = 0;
    // A profile that foresaw what another took for a change needs none.
    const now = this.expected(column, at) + shift;
    for (let profile: Profile = 0; profile < PROFILES; profile = (profile + 1) as Profile) {
      const index = profile * this.width + column;
      state.level[index] =
        (state.level[index] as number) + now - this.expected(column, at, profile);
      state.square[index] = Math.max(state.square[index] as number, spread * spread);
    }
    if (!state.constant[column] || !(spread > 0)) return;
    state.constant[column] = false;
    state.least[column] = LEAST_OF_FIRST * spread;
  }

  /** Mean and deviation of all windows learnt, median and the like of those kept. */
  get summaries(): readonly FeatureSummary[] {
    this.#summaries ??= summariseLearnt(this.state, this.recent);
    return this.#summaries;
  }

  #learnColumn(column: number, x: number, at: number, cadence: number): void {
    const { state } = this;
    const timed = !Number.isNaN(at);
    const chosen = state.profile[column] as Profile;
    const spread = this.spread(column, at);
    const centre = this.expected(column, at);
    const held = centre + clip(x - centre, 1.5 * MOST_LEARNT * spread);
    state.sinceAdopted[column] = (state.sinceAdopted[column] as number) + 1;
    this.#learnProfile(0, column, x, state.anchor[column] as number, cadence);
    let daily: number | undefined;
    if (timed) {
      daily = this.season.expected(1, column, at);
      for (const profile of SEASONS) {
        const base = profile === 1 ? daily : this.season.expected(profile, column, at, daily);
        if (base !== undefined) this.#learnProfile(profile, column, x, base, cadence);
      }
    }
    if (!timed) return;
    const slot = hourlyIndex(this.width, column, Math.floor(hourOf(at, 24)));
    const seen = Math.min((state.hourly[slot + 1] as number) + 1, 1000);
    const square = this.noise.factor(column) * this.#of('square', chosen, column);
    const ratio = square > 0 ? Math.min((x - centre) ** 2 / square, 25) : 1;
    state.hourly[slot + 1] = seen;
    state.hourly[slot] =
      (state.hourly[slot] as number) + (ratio - (state.hourly[slot] as number)) / seen;
    this.season.learn(column, at, state.constant[column] ? x : held, hoursOf(cadence), daily);
  }

  /** `base` is where the profile alone expects the metric. */
  #learnProfile(profile: Profile, column: number, x: number, base: number, cadence: number): void {
    const { state } = this;
    const index = profile * this.width + column;
    const rest = x - base - (state.level[index] as number);
    const seen = (state.seen[index] as number) + 1;
    const before = state.square[index] as number;
    const factor = this.noise.factor(column);
    const most = seen > 20 ? MOST_LEARNT * MOST_LEARNT * before : Infinity;
    const memory = Math.min(seen, Math.max(300, (4 * DAY_MILLIS) / cadence));
    state.seen[index] = seen;
    state.square[index] = before + (Math.min((rest * rest) / factor, most) - before) / memory;
    if (profile === this.state.profile[column])
      this.noise.learn(column, Math.min(rest * rest, most * factor));
    const young = profile === 0 && !this.hasSeason && this.spanMillis < 3 * DAY_MILLIS;
    const lately = 1 / ((state.sinceAdopted[column] as number) + KNOWN_WHEN_ADOPTED);
    const gain = Math.max(gainOf(cadence, young), 1 / seen, lately);
    state.level[index] =
      (state.level[index] as number) + gain * clip(rest, MOST_LEARNT * Math.sqrt(before * factor));
  }

  #base(column: number, at: number, profile: Profile): number {
    const anchor = this.state.anchor[column] as number;
    if (profile === 0 || Number.isNaN(at)) return anchor;
    return this.season.expected(profile, column, at) ?? anchor;
  }

  #of(what: 'level' | 'square' | 'seen', profile: Profile, column: number): number {
    return this.state[what][profile * this.width + column] as number;
  }
}

function clip(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

/** Windows an hour. */
function hoursOf(cadence: number): number {
  return 3_600_000 / cadence;
}
