import { IsolationForest, type IsolationForestOptions } from './isolation-forest.js';

/** Windows learnt between two forests, once the kept windows are full. */
const REFITTED_EVERY = 512;

/** The isolation forest of a model's deviations, made anew from those of the kept windows every now and then. */
export class ForestVote {
  readonly #options: IsolationForestOptions;
  forest: IsolationForest | undefined;
  /** Windows learnt when it was made. */
  madeAt: number;

  constructor(options: IsolationForestOptions, forest?: IsolationForest, madeAt = 0) {
    this.#options = options;
    this.forest = forest;
    this.madeAt = madeAt;
  }

  /** Whether enough was learnt since the forest was made. */
  isDue(windows: number): boolean {
    return (
      this.forest === undefined ||
      windows >= Math.min(2 * this.madeAt, this.madeAt + REFITTED_EVERY)
    );
  }

  /** Makes a forest of these deviations. */
  make(rows: readonly Float64Array[], windows: number): void {
    if (rows.length === 0) return;
    this.forest = new IsolationForest(this.#options).fit(rows);
    this.madeAt = windows;
  }

  /** A statistic that grows with abnormality, from 0 for the most ordinary windows; NaN where there is no forest. */
  statistic(row: Float64Array): number {
    if (this.forest === undefined || row.some(Number.isNaN)) return Number.NaN;
    return Math.max(0, -this.forest.scoreSample(row) - 0.35) * 20;
  }
}
