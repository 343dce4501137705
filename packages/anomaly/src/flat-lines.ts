/** Windows that a metric must stand still for, at least, before that is remarkable. */
const LEAST_WINDOWS = 12;
/** Chance that a metric stands still for so long by itself. */
const CHANCE = 1e-9;

/** Notices metrics that used to move and stand still: a sensor that is stuck is not a metric that is well. */
export class FlatLines {
  /** Value of each metric in the window before, how often it has been repeated, and how often repeats happen. */
  readonly last: Float64Array;
  readonly repeats: Float64Array;
  readonly share: Float64Array;

  constructor(
    width: number,
    last = new Float64Array(width).fill(Number.NaN),
    repeats = new Float64Array(width),
    share = new Float64Array(width),
  ) {
    this.last = last;
    this.repeats = repeats;
    this.share = share;
  }

  /** Whether a metric with this value now stands still for longer than it ever does. */
  isFlat(column: number, value: number): boolean {
    if (value !== this.last[column]) return false;
    const repeats = (this.repeats[column] as number) + 1;
    const share = Math.max(0.01, this.share[column] as number);
    return repeats >= LEAST_WINDOWS && share < 0.5 && share ** repeats < CHANCE;
  }

  /** Remembers a window; only one that is learnt changes what is usual. */
  accept(values: ArrayLike<number>, isLearnt: boolean, learnt: number): void {
    for (let column = 0; column < this.last.length; column += 1) {
      const value = values[column] as number;
      if (Number.isNaN(value)) continue;
      const isFirst = Number.isNaN(this.last[column]);
      const repeated = value === this.last[column];
      this.repeats[column] = repeated ? (this.repeats[column] as number) + 1 : 0;
      this.last[column] = value;
      // Until it is seen to move it counts as one that never does, however many windows went by without it.
      if (isFirst) this.share[column] = 1;
      // A line that is flat already must not make flatness usual.
      else if (isLearnt && (this.repeats[column] as number) < LEAST_WINDOWS) {
        const share = this.share[column] as number;
        this.share[column] = share + ((repeated ? 1 : 0) - share) / Math.min(1000, learnt + 1);
      }
    }
  }
}
