import { LoggingConfigError } from '../config-error.js';

/**
 * Which lines of noisy routes are written: the first, and then one in `1 / rate`, evenly. Even choice
 * keeps its promise for few requests too, where a random one would not.
 */
export class RouteSampling {
  readonly #routes = new Map<string, { readonly rate: number; seen: number }>();

  /** @throws LoggingConfigError naming the route whose share is none */
  constructor(shares: unknown = {}) {
    if (typeof shares !== 'object' || shares === null || Array.isArray(shares)) {
      throw new LoggingConfigError('sample', shares, 'an object of routes and their shares');
    }
    for (const [route, rate] of Object.entries(shares)) {
      if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
        throw new LoggingConfigError(`sample[${JSON.stringify(route)}]`, rate, 'from 0 to 1');
      }
      this.#routes.set(route, { rate, seen: 0 });
    }
  }

  has(route: string): boolean {
    return this.#routes.has(route);
  }

  /** The share of a route's lines that are written; 1 where nothing was said of it. */
  rateOf(route: string): number {
    return this.#routes.get(route)?.rate ?? 1;
  }

  /** Whether the next line of a route is written. */
  take(route: string): boolean {
    const one = this.#routes.get(route);
    if (one === undefined) return true;
    const before = written(one.seen, one.rate);
    return written(++one.seen, one.rate) > before;
  }
}

function written(seen: number, rate: number): number {
  // A product such as 3 × 0.1 is a little more than it should be.
  return Math.ceil(seen * rate - 1e-9);
}
