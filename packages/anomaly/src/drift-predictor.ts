import { CallsOfWindows, CountingNoise, type CountingState } from './counting-noise.js';

/** How fast the mean of the newest deviations follows them; 0 does not follow. */
const GAINS = [0, 0.1, 0.3] as const;
const MOST_LEARNT = 4;
const MEMORY = 2000;
const LEAST_WINDOWS = 200;
/** A mean that follows must foretell so much better than none. */
const WORTHWHILE = 0.95;
/** Share of the newest window in a trend, which so looks back about an hour of five-minute windows. */
const TREND_GAIN = 1 / 6;
/** What makes a mean with that share of many independent errors as large as one of them. */
const TREND_SCALE = Math.sqrt((2 - TREND_GAIN) / TREND_GAIN);
/** One window's part in a trend is at most so many spreads. */
const MOST_IN_TREND = 3;
/** Windows from which on the noise of errors is known well enough to stand for their spread. */
const LEAST_NOISE = 30;
/** Deviations from which on a trend counts: what foretells them has been chosen by then. */
const LEAST_OF_TREND = 500;

/** The state of a `DriftPredictor`. */
export interface DriftState {
  /** Per gain and metric: mean of the newest deviations, mean square of what it did not foretell. */
  mean: Float64Array;
  square: Float64Array;
  /** Per metric: deviations learnt. */
  seen: Float64Array;
  /** Per metric: index of the gain in use. */
  gain: number[];
  /** Per metric: mean of the newest errors of what was foretold, in their spreads. */
  trend: Float64Array;
}

/**
 * Foretells a metric's next deviation from the ones just before, where that helps: an error rate that has been a little
 * high for an hour will be so in the next window, and a jump shows better against that than against the usual level.
 * What follows a metric follows a slow drift as well, but lags behind it: its errors, then all to one side, tell.
 */
export class DriftPredictor {
  readonly width: number;
  readonly state: DriftState;
  /** Of the errors; deviations, whose units these have, depend on the calls in their own way. */
  readonly noise: CountingNoise;
  readonly #deviations: CountingNoise;

  constructor(
    width: number,
    calls = new CallsOfWindows(),
    deviations = new CountingNoise(width, calls),
    state?: DriftState,
    noise?: CountingState,
  ) {
    this.width = width;
    this.#deviations = deviations;
    this.noise = new CountingNoise(width, calls, noise);
    this.state = state ?? {
      mean: new Float64Array(GAINS.length * width),
      square: new Float64Array(GAINS.length * width).fill(1),
      seen: new Float64Array(width),
      gain: Array.from({ length: width }, () => 0),
      trend: new Float64Array(width),
    };
  }

  /** What the next deviation of a metric is expected to be; NaN where that is not foretold. */
  foretold(column: number): number {
    const chosen = this.state.gain[column] as number;
    return chosen === 0 ? Number.NaN : (this.state.mean[chosen * this.width + column] as number);
  }

  /** What the newest deviations of a metric were on the whole, whether that foretells the next or not. */
  followed(column: number): number {
    return this.state.mean[this.width + column] as number;
  }

  /** How far a metric usually is from what was foretold, in spreads, in a window with the calls of the one at hand. */
  spread(column: number): number {
    const { gain, square } = this.state;
    if ((this.noise.state.seen[column] as number) < LEAST_NOISE)
      return Math.sqrt(square[(gain[column] as number) * this.width + column] as number);
    const usual = this.noise.square(column) * this.noise.factor(column);
    return Math.sqrt(Math.max(1e-6, usual / this.#deviations.factor(column)));
  }

  /** The trend with one more error, in spreads, in units of its own usual size. */
  trendWith(column: number, error: number): number {
    if ((this.state.seen[column] as number) < LEAST_OF_TREND) return Number.NaN;
    return TREND_SCALE * this.#trendAfter(column, error);
  }

  learn(z: Float64Array): void {
    const { state, width } = this;
    for (let column = 0; column < width; column += 1) {
      const deviation = z[column] as number;
      if (Number.isNaN(deviation)) continue;
      state.seen[column] = (state.seen[column] as number) + 1;
      const memory = Math.min(state.seen[column] as number, MEMORY);
      const held = Math.min(MOST_LEARNT, Math.max(-MOST_LEARNT, deviation));
      const chosen = (state.gain[column] as number) * width + column;
      const foretold = state.mean[chosen] as number;
      const spread = this.spread(column);
      state.trend[column] = this.#trendAfter(column, (deviation - foretold) / spread);
      const error = Math.min(MOST_LEARNT * spread, Math.abs(held - foretold));
      this.noise.learn(column, error * error * this.#deviations.factor(column));
      for (let at = 0; at < GAINS.length; at += 1) {
        const index = at * width + column;
        const mean = state.mean[index] as number;
        const square = state.square[index] as number;
        state.square[index] = square + ((held - mean) ** 2 - square) / memory;
        state.mean[index] = mean + (GAINS[at] as number) * (held - mean);
      }
    }
  }

  /** Takes the gain that foretold best, and the noise that fits its errors best. */
  choose(): void {
    const { state, width } = this;
    for (let column = 0; column < width; column += 1) {
      if ((state.seen[column] as number) < LEAST_WINDOWS) continue;
      let best = 0;
      for (let at = 1; at < GAINS.length; at += 1) {
        const better = (state.square[at * width + column] as number) / (state.square[best * width + column] as number); // prettier-ignore
        if (better < (best === 0 ? WORTHWHILE : 1)) best = at;
      }
      const before = state.gain[column] as number;
      if (best === before) continue;
      const of = (gain: number): number => state.square[gain * width + column] as number;
      this.noise.scale(column, of(best) / of(before));
      state.gain[column] = best;
    }
    this.noise.choose(() => undefined);
  }

  /** Forgets a metric whose deviations are measured in another way from now on. */
  forget(column: number): void {
    const { state, width } = this;
    for (let at = 0; at < GAINS.length; at += 1) state.square[at * width + column] = 1;
    state.seen[column] = 0;
    state.gain[column] = 0;
    this.noise.forget(column);
    this.reset(column);
  }

  /** The deviations of a metric begin anew, around nothing. */
  reset(column: number): void {
    for (let at = 0; at < GAINS.length; at += 1) this.state.mean[at * this.width + column] = 0;
    this.state.trend[column] = 0;
  }

  /** No metric has a trend: what comes next does not follow what was before. */
  forgetTrends(): void {
    this.state.trend.fill(0);
  }

  #trendAfter(column: number, error: number): number {
    const trend = this.state.trend[column] as number;
    const held = Math.min(MOST_IN_TREND, Math.max(-MOST_IN_TREND, error));
    return trend + TREND_GAIN * (held - trend);
  }
}
