import type { Series } from './series.js';

/** As if so many windows had been as they are expected to be. */
const PRIOR_WINDOWS = 200;
const MEMORY = 4000;
/** A statistic beyond so many times its usual size widens it no further. */
const MOST_LEARNT = 4;

/**
 * The usual size of each statistic of a model. Deviations are in spreads already, but sums over windows that depend on
 * one another are larger than those of independent ones. In such units the tails of many models are alike.
 */
export class Units {
  readonly #width: number;
  /** Mean square of each statistic. */
  square: Float64Array;

  constructor(
    { width }: Series,
    looks: number,
    square: Float64Array = new Float64Array(looks * width).fill(1),
  ) {
    this.#width = width;
    this.square = square;
  }

  of(look: number, column: number): number {
    return Math.sqrt(this.square[look * this.#width + column] as number);
  }

  /** Learns a statistic, `seen` of which were learnt before, and returns it in its unit as it was then. */
  learn(look: number, column: number, value: number, seen: number): number {
    const index = look * this.#width + column;
    const before = this.square[index] as number;
    const held = Math.min(value * value, MOST_LEARNT * MOST_LEARNT * before);
    this.square[index] = before + (held - before) / Math.min(seen + PRIOR_WINDOWS, MEMORY);
    return value / Math.sqrt(before);
  }

  forget(look: number, column: number): void {
    this.square[look * this.#width + column] = 1;
  }

  clear(): void {
    this.square.fill(1);
  }
}
