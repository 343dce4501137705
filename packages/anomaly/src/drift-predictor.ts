/** How fast the mean of the newest deviations follows them; 0 does not follow. */
const GAINS = [0, 0.1, 0.3] as const;
const MOST_LEARNT = 4;
const MEMORY = 2000;
const LEAST_WINDOWS = 200;
/** A mean that follows must foretell so much better than none. */
const WORTHWHILE = 0.95;

/** The state of a `DriftPredictor`. */
export interface DriftState {
  /** Per gain and metric: mean of the newest deviations, mean square of what it did not foretell. */
  mean: Float64Array;
  square: Float64Array;
  windows: number;
  /** Per metric: index of the gain in use. */
  gain: number[];
}

/**
 * Foretells a metric's next deviation from the ones just before, where that helps: an error rate that has been a little
 * high for an hour will be so in the next window, and a jump shows better against that than against the usual level.
 */
export class DriftPredictor {
  readonly width: number;
  readonly state: DriftState;

  constructor(width: number, state?: DriftState) {
    this.width = width;
    this.state = state ?? {
      mean: new Float64Array(GAINS.length * width),
      square: new Float64Array(GAINS.length * width).fill(1),
      windows: 0,
      gain: Array.from({ length: width }, () => 0),
    };
  }

  /** What the next deviation of a metric is expected to be; NaN where that is not foretold. */
  foretold(column: number): number {
    const chosen = this.state.gain[column] as number;
    return chosen === 0 ? Number.NaN : (this.state.mean[chosen * this.width + column] as number);
  }

  /** How far a metric usually is from what was foretold, in spreads. */
  spread(column: number): number {
    const { gain, square } = this.state;
    return Math.sqrt(square[(gain[column] as number) * this.width + column] as number);
  }

  learn(z: Float64Array): void {
    const { state, width } = this;
    state.windows += 1;
    const memory = Math.min(state.windows, MEMORY);
    for (let column = 0; column < width; column += 1) {
      const deviation = z[column] as number;
      if (Number.isNaN(deviation)) continue;
      const held = Math.min(MOST_LEARNT, Math.max(-MOST_LEARNT, deviation));
      for (let at = 0; at < GAINS.length; at += 1) {
        const index = at * width + column;
        const mean = state.mean[index] as number;
        const square = state.square[index] as number;
        state.square[index] = square + ((held - mean) ** 2 - square) / memory;
        state.mean[index] = mean + (GAINS[at] as number) * (held - mean);
      }
    }
  }

  /** Takes the gain that foretold best. */
  choose(): void {
    const { state, width } = this;
    if (state.windows < LEAST_WINDOWS) return;
    for (let column = 0; column < width; column += 1) {
      let best = 0;
      for (let at = 1; at < GAINS.length; at += 1) {
        const better = (state.square[at * width + column] as number) / (state.square[best * width + column] as number); // prettier-ignore
        if (better < (best === 0 ? WORTHWHILE : 1)) best = at;
      }
      state.gain[column] = best;
    }
  }

  /** The deviations of a metric begin anew, around nothing. */
  reset(column: number): void {
    for (let at = 0; at < GAINS.length; at += 1) this.state.mean[at * this.width + column] = 0;
  }
}
