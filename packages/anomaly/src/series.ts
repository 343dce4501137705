/**
 * What is looked at of each metric: its newest deviation, the newest two, a longer run; the newest and the newest two
 * against what was foretold from those before; whether what was foretold lags behind for long; and how surprising they
 * are beside the other metrics.
 */
export const LOOKS = ['single', 'pair', 'run', 'jump', 'jumpPair', 'trend', 'odd', 'oddPair'] as const; // prettier-ignore
export const FIRST_JUMP = 3;
export const TREND = 5;
/** The first look that is beside the other metrics. */
export const FIRST_ODD = 6;

/** The looks at one window alone, which may be a stray. */
export const SINGLE_LOOKS: ReadonlySet<number> = new Set([0, FIRST_JUMP, FIRST_ODD]);

/** Looks that change so slowly that they are counted in every third window only. */
export const COUNTED_EVERY = 3;
export const SLOW_LOOKS: ReadonlySet<number> = new Set([2, TREND]);

/** Where each statistic of a model of `width` metrics has its counts and its threshold. */
export class Series {
  readonly width: number;
  /** Of the isolation forest, in the newest window; the next one is for the newest two. */
  readonly forest: number;
  readonly count: number;

  constructor(width: number) {
    this.width = width;
    this.forest = LOOKS.length * 2 * width;
    this.count = this.forest + 2;
  }

  /** A metric in a look (index of `LOOKS`), upwards (0) or downwards (1). */
  of(look: number, column: number, side: 0 | 1): number {
    return (look * this.width + column) * 2 + side;
  }
}
