import { ascending, quantile } from './quantile.js';

/**
 * The value that normal data exceeds with about the given probability, also where the sample is too
 * short to show it: the largest value seen plus an exponential tail beyond it.
 *
 * The tail's scale comes from the step between median and 90 % quantile (exact for an exponential
 * tail, which on a log scale is a power law; generous for a normal one), which a few outliers cannot
 * move. Where that step says nothing (many ties, or outliers beside a narrow bulk) an eighth or so of
 * the largest value stands in. Values beyond the largest of n come once in n + 1 draws, so that the
 * tail has to bridge ln(1 / (n p)) of its scales.
 */
export function tailThreshold(values: Iterable<number>, probability: number): number {
  const sorted = ascending(values);
  const count = sorted.length;
  const largest = sorted[count - 1] as number;
  const bulk = (quantile(sorted, 0.9) - quantile(sorted, 0.5)) / Math.log(5);
  const outliers = largest / (2 * Math.log(count));
  const scales = Math.max(0, Math.log(1 / (count * probability)));
  return largest + Math.max(bulk, outliers) * scales;
}

/** The smallest of each run of `length` neighbours: how far out the whole run stayed. */
export function runMinima(values: ArrayLike<number>, length: number): number[] {
  const minima: number[] = [];
  for (let end = length - 1; end < values.length; end += 1) {
    let least = Infinity;
    for (let at = end - length + 1; at <= end; at += 1) {
      least = Math.min(least, values[at] as number);
    }
    minima.push(least);
  }
  return minima;
}

/**
 * The probability that a single window of a run may be given for the run to be as rare as asked. A
 * run of independent windows would allow the cube root of three; normal bursts last, so that only
 * the exponent 2/3 is taken. (A run that training saw lasting raises the largest value seen anyway.)
 */
export function runProbability(probability: number): number {
  return probability ** (2 / 3);
}
