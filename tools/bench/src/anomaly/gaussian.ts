import type { Random } from '../random.js';

/** Draws from the distributions that traffic is made of. */
export class Draw {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Normal, mean 0, deviation 1. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.next()));
    return radius * Math.cos(2 * Math.PI * this.random.next());
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.random.next());
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random.next();
  }

  /** A count with this mean: exact below 40, a rounded normal beyond. */
  poisson(mean: number): number {
    if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = -1;
    for (let product = 1; product > limit; count += 1) product *= this.random.next();
    return count;
  }
}

/** A value that wanders around 0 with a given deviation and keeps a share of itself from step to step. */
export class Wander {
  readonly #draw: Draw;
  readonly #kept: number;
  readonly #step: number;
  #value: number;

  constructor(draw: Draw, deviation: number, kept: number) {
    this.#draw = draw;
    this.#kept = kept;
    this.#step = deviation * Math.sqrt(1 - kept * kept);
    this.#value = deviation * draw.normal();
  }

  next(): number {
    this.#value = this.#kept * this.#value + this.#step * this.#draw.normal();
    return this.#value;
  }
}
