import { BINS, TailSums } from './tail-counts.js';
import {
  countedQuantile,
  exceededWith,
  farthest,
  fitShapes,
  type TailShape,
  UNKNOWN,
} from './tail-shape.js';

/** What a pool remembers beside the sums of its models. JSON-able. */
export interface PoolState {
  readonly shapes: readonly (readonly TailShape[])[];
  readonly fittedAt: readonly number[];
}

/**
 * The tails of all models of a process together: a thousand models show in a week how one in ten
 * million normal windows looks, which no model can show by itself. Each model brings its own width
 * (how far its moderately rare windows lie), the pool how fast the tail falls beyond.
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

  /** By what factor the magnitude exceeded with `rare` lies beyond the one exceeded with `moderate`. */
  stretch(series: number, moderate: number, rare: number): number {
    const total = this.windows(series);
    const shapes = this.#shapesOf(series, total);
    const near =
      total > 0
        ? countedQuantile(this.sums.counts, series * BINS, total, moderate)
        : exceededWith(moderate, UNKNOWN);
    const far = farthest(rare, shapes);
    return near > 0 ? Math.max(1, far / near) : Infinity;
  }

  /** Fits anew once the windows counted have changed by a tenth. */
  #shapesOf(series: number, total: number): readonly TailShape[] {
    const before = this.#fittedAt[series] as number;
    if (Math.abs(total - before) > 0.1 * Math.max(before, 0) || before < 0) {
      const { counts } = this.sums;
      this.#shapes[series] = fitShapes(counts, series * BINS, total);
      this.#fittedAt[series] = total;
    }
    return this.#shapes[series] as readonly TailShape[];
  }
}
