/**
 * What is looked at of each metric: its newest deviation, the newest two, a longer run; the newest and the newest two
 * against what was foretold from those before; and how surprising they are beside the other metrics.
 */
export const LOOKS = ['single', 'pair', 'run', 'jump', 'jumpPair', 'odd', 'oddPair'] as const;
export const FIRST_JUMP = 3;
/** The first look that is beside the other metrics. */
export const FIRST_ODD = 5;

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
