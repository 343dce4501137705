/** Bins of a magnitude in units of its spread: an eighth up to 4, then 5 % wider each up to 41, then a quarter up to 946, then twice as wide. */
export const BINS = 110;

const EDGES = Float64Array.from({ length: BINS + 1 }, (_, bin) => {
  const fine = 4 * 1.05 ** Math.min(48, Math.max(0, bin - 32));
  const coarse = 1.25 ** Math.min(14, Math.max(0, bin - 80)) * 2 ** Math.max(0, bin - 94);
  return bin <= 32 ? bin / 8 : fine * coarse;
});

/** Counts that wait to be added, at most: of some 25 windows with 8 metrics. */
const PENDING = 1024;

/** From here on counts are halved, so that what happened long ago fades. */
const MOST = 40_000;

export function binOf(magnitude: number): number {
  if (magnitude < 4) return magnitude > 0 ? Math.floor(magnitude * 8) : 0;
  if (magnitude < edgeOf(80)) return settled(32 + Math.log(magnitude / 4) / Math.log(1.05), magnitude); // prettier-ignore
  if (magnitude < edgeOf(94)) return settled(80 + Math.log(magnitude / edgeOf(80)) / Math.log(1.25), magnitude); // prettier-ignore
  return settled(94 + Math.log2(magnitude / edgeOf(94)), magnitude);
}

/** The bin at a position that logarithms gave, which may be off by a rounding at an edge. */
function settled(position: number, magnitude: number): number {
  const bin = Math.min(BINS - 1, Math.floor(position));
  if (magnitude < edgeOf(bin)) return bin - 1;
  return bin < BINS - 1 && magnitude >= edgeOf(bin + 1) ? bin + 1 : bin;
}

/** Where a bin begins; that of `BINS` is where the last one ends. */
export function edgeOf(bin: number): number {
  return EDGES[bin] as number;
}

/**
 * How often each statistic of a model was how large, over all windows that were learnt: what normal
 * windows do in the tail, in 220 bytes a statistic.
 */
export class TailCounts {
  readonly #counts: Uint16Array;
  /** Where the newest windows are to be counted: counting them all at once finds the counts in the processor's cache. */
  readonly #pending: Uint16Array | Uint32Array;
  #waiting = 0;
  /** The largest bin of each series that anything was counted in; 0 where nothing was. */
  readonly #farthest: Uint8Array;
  /** Windows in which each series was measured, also those that fell on its other side. */
  totals: Float64Array;

  constructor(
    series: number,
    counts = new Uint16Array(series * BINS),
    totals = new Float64Array(series),
  ) {
    this.#counts = counts;
    this.totals = totals;
    this.#pending = counts.length <= 65_536 ? new Uint16Array(PENDING) : new Uint32Array(PENDING);
    this.#farthest = new Uint8Array(series);
    counts.forEach((count, index) => {
      if (count > 0) this.#farthest[Math.floor(index / BINS)] = index % BINS;
    });
  }

  /** The largest magnitude counted, to its bin's end; 0 where nothing was. */
  largest(series: number): number {
    const bin = this.#farthest[series] as number;
    return bin > 0 || (this.counts[series * BINS] as number) > 0 ? edgeOf(bin + 1) : 0;
  }

  /** Windows counted at or beyond a magnitude, by whole bins. */
  beyond(series: number, magnitude: number): number {
    return countedBeyond(this.counts, series * BINS, magnitude, this.#farthest[series]);
  }

  /** The magnitude that a share of the windows counted reaches, interpolated within its bin. */
  quantile(series: number, share: number): number {
    const wanted = share * (this.totals[series] as number);
    return countedQuantile(this.counts, series * BINS, wanted, this.#farthest[series]);
  }

  /** The counts of series 0, then of series 1, and so on. */
  get counts(): Uint16Array {
    this.#settle();
    return this.#counts;
  }

  /** Counts a magnitude; a negative one only towards the total. `also` is told every change. */
  add(series: number, magnitude: number, also?: TailSums): void {
    const total = (this.totals[series] as number) + 1;
    this.totals[series] = total;
    also?.change(series, -1, 1);
    if (magnitude >= 0) {
      const bin = binOf(magnitude);
      this.#countAt(series, bin);
      also?.change(series, bin, 1);
    }
    if (total >= MOST) this.#halve(series, also);
  }

  /**
   * Counts a signed value in a series, and below 0 in the one behind it instead; on a side that is not watched, and
   * towards the total of the other, only that there was one.
   */
  addSigned(
    series: number,
    value: number,
    also?: TailSums,
    direction: 'up' | 'down' | 'both' = 'both',
  ): void {
    // prettier-ignore
    const { totals } = this;
    const before = totals[series] as number;
    const behind = totals[series + 1] as number;
    totals[series] = before + 1;
    totals[series + 1] = behind + 1;
    also?.change(series, -1, 1);
    also?.change(series + 1, -1, 1);
    // What is neither above nor below counts on both sides.
    const isUp = value >= 0 && direction !== 'down';
    const isDown = value <= 0 && direction !== 'up';
    if (isUp || isDown) {
      const bin = binOf(Math.abs(value));
      if (isUp) this.#countAt(series, bin);
      if (isDown) this.#countAt(series + 1, bin);
      if (isUp) also?.change(series, bin, 1);
      if (isDown) also?.change(series + 1, bin, 1);
    }
    if (before + 1 >= MOST) this.#halve(series, also);
    if (behind + 1 >= MOST) this.#halve(series + 1, also);
  }

  /** Takes all counts out of the sums, before they are forgotten or counted anew. */
  leave(sums: TailSums): void {
    this.#eachCount((series, bin, count) => sums.change(series, bin, -count));
    this.totals.forEach((total, series) => sums.change(series, -1, -total));
  }

  /** Adds all counts to the sums. */
  join(sums: TailSums): void {
    this.#eachCount((series, bin, count) => sums.change(series, bin, count));
    this.totals.forEach((total, series) => sums.change(series, -1, total));
  }

  clear(): void {
    this.counts.fill(0);
    this.totals.fill(0);
    this.#farthest.fill(0);
  }

  /** Forgets a series; `also` is told. */
  forget(series: number, also?: TailSums): void {
    const { counts } = this;
    also?.change(series, -1, -(this.totals[series] as number));
    this.totals[series] = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      const count = counts[series * BINS + bin] as number;
      if (count > 0) also?.change(series, bin, -count);
    }
    this.#farthest[series] = 0;
    counts.fill(0, series * BINS, (series + 1) * BINS);
  }

  #countAt(series: number, bin: number): void {
    if (this.#waiting === PENDING) this.#settle();
    if (bin > (this.#farthest[series] as number)) this.#farthest[series] = bin;
    this.#pending[this.#waiting] = series * BINS + bin;
    this.#waiting += 1;
  }

  #settle(): void {
    for (let nth = 0; nth < this.#waiting; nth += 1) {
      const index = this.#pending[nth] as number;
      this.#counts[index] = (this.#counts[index] as number) + 1;
    }
    this.#waiting = 0;
  }

  #halve(series: number, also: TailSums | undefined): void {
    const { counts } = this;
    const total = this.totals[series] as number;
    this.totals[series] = total / 2;
    also?.change(series, -1, -total / 2);
    for (let bin = 0; bin < BINS; bin += 1) {
      const count = counts[series * BINS + bin] as number;
      // Half of an odd count is rounded up: the one window far out is what the tail is about.
      const kept = Math.ceil(count / 2);
      counts[series * BINS + bin] = kept;
      also?.change(series, bin, kept - count);
    }
  }

  #eachCount(tell: (series: number, bin: number, count: number) => void): void {
    this.counts.forEach((count, index) => {
      if (count > 0) tell(Math.floor(index / BINS), index % BINS, count);
    });
  }
}

/** The sum of the counts of many models. */
export class TailSums {
  readonly counts: Float64Array;
  readonly totals: Float64Array;

  constructor(series: number) {
    this.counts = new Float64Array(series * BINS);
    this.totals = new Float64Array(series);
  }

  /** Adds to a bin of a series, or to its total where `bin` is -1. */
  change(series: number, bin: number, by: number): void {
    if (bin < 0) this.totals[series] = (this.totals[series] as number) + by;
    else this.counts[series * BINS + bin] = (this.counts[series * BINS + bin] as number) + by;
  }
}

/** The magnitude that so many windows reach, interpolated within its bin; none lies beyond the bin `last`. */
function countedQuantile(
  counts: ArrayLike<number>,
  offset: number,
  wanted: number,
  last = BINS - 1,
): number {
  let exceeding = 0;
  for (let bin = last; bin >= 0; bin -= 1) {
    const count = counts[offset + bin] as number;
    if (count > 0 && exceeding + count >= wanted) {
      const within = (wanted - exceeding) / count;
      return edgeOf(bin + 1) - within * (edgeOf(bin + 1) - edgeOf(bin));
    }
    exceeding += count;
  }
  return 0;
}

/** Windows counted at or beyond a magnitude, by whole bins; none lies beyond the bin `last`. */
export function countedBeyond(
  counts: ArrayLike<number>,
  offset: number,
  magnitude: number,
  last = BINS - 1,
): number {
  let exceeding = 0;
  for (let bin = last; bin >= 0 && edgeOf(bin) >= magnitude; bin -= 1) {
    exceeding += counts[offset + bin] as number;
  }
  return exceeding;
}
