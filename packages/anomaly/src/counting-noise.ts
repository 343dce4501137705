/** Shares of a metric's variance that may come from counting calls: that part is larger in windows with fewer calls. */
const SHARES = [0, 0.25, 0.5, 0.75, 0.95] as const;
/** A window counts as if it had at most so many times more, or fewer, calls than usual. */
const MOST_APART = 30;
const MEMORY = 4000;
/** How much likelier, a window, another share must make the windows before it is taken. */
const WORTHWHILE = 0.005;
const LEAST_WINDOWS = 200;

/** The state of `CallsOfWindows`. */
export interface CallsState {
  /** Mean logarithm of the calls a window; NaN before there was any. */
  typical: number;
  windows: number;
  /** Per share: mean logarithm of its factor. */
  logs: Float64Array;
}

/** How many calls windows have, and what the newest one's number does to a variance of which a share comes from counting. */
export class CallsOfWindows {
  readonly state: CallsState;
  /** For each share: variance in the window at hand, beside that in a usual one. */
  readonly factors = new Float64Array(SHARES.length).fill(1);

  constructor(state?: CallsState) {
    this.state = state ?? {
      typical: Number.NaN,
      windows: 0,
      logs: new Float64Array(SHARES.length),
    };
  }

  /** Tells the calls of the window at hand; where they are not known (NaN) they are as usual. */
  weigh(calls: number): void {
    const { typical } = this.state;
    const known = calls >= 0 && !Number.isNaN(typical);
    const fewer = known ? Math.min(MOST_APART, Math.max(1 / MOST_APART, Math.exp(typical) / calls)) : 1; // prettier-ignore
    for (let at = 0; at < SHARES.length; at += 1) {
      const share = SHARES[at] as number;
      this.factors[at] = 1 - share + share * fewer;
    }
  }

  /** Learns the window at hand. */
  learn(calls: number): void {
    const { state } = this;
    state.windows += 1;
    const memory = Math.min(state.windows, MEMORY);
    for (let at = 0; at < SHARES.length; at += 1) {
      const before = state.logs[at] as number;
      state.logs[at] = before + (Math.log(this.factors[at] as number) - before) / memory;
    }
    if (!(calls > 0)) return;
    const log = Math.log(calls);
    state.typical = Number.isNaN(state.typical) ? log : state.typical + (log - state.typical) / memory; // prettier-ignore
  }
}

/** The state of a `CountingNoise`. */
export interface CountingState {
  /** Per share and metric: mean square of what was measured, each as if its window had had the usual calls. */
  square: Float64Array;
  /** Per metric: windows, and the index of the share in use. */
  seen: Float64Array;
  share: number[];
}

/**
 * How the noise of each metric depends on the calls of a window: a mean of few calls is less certain than one of many,
 * so that a variance has a part that is always there, and one that falls with the number of calls. Of several shares
 * for the latter, the one that makes the windows likeliest is taken.
 */
export class CountingNoise {
  readonly #width: number;
  readonly #calls: CallsOfWindows;
  readonly state: CountingState;

  constructor(width: number, calls: CallsOfWindows, state?: CountingState) {
    this.#width = width;
    this.#calls = calls;
    this.state = state ?? {
      square: new Float64Array(SHARES.length * width),
      seen: new Float64Array(width),
      share: Array.from({ length: width }, () => 0),
    };
  }

  /** Variance of a metric in the window at hand beside that in a usual one. */
  factor(column: number): number {
    return this.#calls.factors[this.state.share[column] as number] as number;
  }

  /** Mean square of a metric in usual windows. */
  square(column: number): number {
    return this.state.square[(this.state.share[column] as number) * this.#width + column] as number;
  }

  /** Learns what was measured of a metric in the window at hand, squared. */
  learn(column: number, square: number): void {
    const { state } = this;
    const seen = Math.min((state.seen[column] as number) + 1, MEMORY);
    state.seen[column] = seen;
    for (let at = 0; at < SHARES.length; at += 1) {
      const index = at * this.#width + column;
      const before = state.square[index] as number;
      state.square[index] = before + (square / (this.#calls.factors[at] as number) - before) / seen;
    }
  }

  /** Takes the likeliest share of each metric, and tells the factor by which its square in usual windows changed. */
  choose(changed: (column: number, factor: number) => void): void {
    const { state } = this;
    const { logs } = this.#calls.state;
    for (let column = 0; column < this.#width; column += 1) {
      if ((state.seen[column] as number) < LEAST_WINDOWS) continue;
      const before = state.share[column] as number;
      const unlikely = (at: number): number =>
        Math.log(state.square[at * this.#width + column] as number) + (logs[at] as number);
      let best = before;
      for (let at = 0; at < SHARES.length; at += 1) {
        if (unlikely(at) < unlikely(best) - (best === before ? WORTHWHILE : 0)) best = at;
      }
      if (best === before) continue;
      const square = this.square(column);
      state.share[column] = best;
      changed(column, this.square(column) / square);
    }
  }

  /** Takes squares for so many times as large: what is measured has changed. */
  scale(column: number, factor: number): void {
    for (let at = 0; at < SHARES.length; at += 1) {
      const index = at * this.#width + column;
      this.state.square[index] = (this.state.square[index] as number) * factor;
    }
  }

  /** Forgets a metric. */
  forget(column: number): void {
    this.scale(column, 0);
    this.state.seen[column] = 0;
    this.state.share[column] = 0;
  }
}
