import { BINS, TailSums } from './tail-counts.js';
import {
  farthest,
  fitShapes,
  fitTail,
  isExceeded,
  type TailShape,
  UNKNOWN,
  USUAL,
} from './tail-shape.js';

/** Windows that are far out for the same reason, as they overlap or follow one another: they are no proof of a heavy tail. */
const TOGETHER = 4;

/** Windows from which on a tail is fitted to the farthest only, and how many these are: more for the course, fewer for what is rare. */
const MANY = 2000;
const FARTHEST = [200, 40] as const;

/** Share by which the windows counted must have changed before tails are fitted anew. */
export const REFITTED_AFTER = 0.5;

/** What a pool remembers beside the sums of its models. JSON-able. */
export interface PoolState {
  readonly shapes: readonly (readonly TailShape[])[];
  readonly fittedAt: readonly number[];
}

/**
 * The tails of all models of a process together: a thousand models show in a week how one in ten
 * million normal windows looks, which no model can show by itself. Each model brings its own units, in
 * which the tails are alike.
 */
export class TailPool {
  readonly sums: TailSums;
  #shapes: (readonly TailShape[])[];
  /** Windows counted when each shape was fitted. */
  #fittedAt: Float64Array;

  constructor(series: number) {
    this.sums = new TailSums(series);
    this.#shapes = Array.from({ length: series }, () => [UNKNOWN]);
    this.#fittedAt = new Float64Array(series).fill(-1);
  }

  state(): PoolState {
    return { shapes: this.#shapes, fittedAt: [...this.#fittedAt] };
  }

  restore({ shapes, fittedAt }: PoolState): void {
    this.#shapes = [...shapes];
    this.#fittedAt = Float64Array.from(fittedAt);
  }

  /** Windows behind the tail of a series. */
  windows(series: number): number {
    return this.sums.totals[series] as number;
  }

  /** The magnitude that a statistic exceeds with this probability, in its units. */
  exceededWith(series: number, probability: number): number {
    return farthest(probability, this.#shapesOf(series, this.windows(series)));
  }

  /** Fits anew once the windows counted have changed by a half: how tails go is a matter of weeks, and a day of incidents must not blind anybody. */
  #shapesOf(series: number, total: number): readonly TailShape[] {
    const before = this.#fittedAt[series] as number;
    if (Math.abs(total - before) > REFITTED_AFTER * Math.max(before, 0) || before < 0) {
      const { counts } = this.sums;
      this.#shapes[series] = fitPooled(counts, series * BINS, total);
      this.#fittedAt[series] = total;
    }
    return this.#shapes[series] as readonly TailShape[];
  }
}

/** The tail of many windows goes on as the farthest of them do; that of few is the usual one, unless they contradict that. */
function fitPooled(counts: Float64Array, offset: number, total: number): readonly TailShape[] {
  if (total >= MANY)
    return FARTHEST.map((windows) => fitTail(counts, offset, total, windows / total));
  const isUsual = total > 0 && !isExceeded(counts, offset, total, USUAL, TOGETHER);
  return isUsual ? [USUAL] : fitShapes(counts, offset, total);
}
