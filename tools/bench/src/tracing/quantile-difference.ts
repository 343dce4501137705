import { Random } from '../random.js';

/** By how much a quantile of the second values is larger, and where that lies at 95 %. */
export interface QuantileDifference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** Pairs that are drawn together, since neighbours met the same moments of the machine. */
const blockLength = 50;
const draws = 500;

/** Compares a quantile of paired values, with an interval by bootstrap over blocks of neighbouring pairs. */
export function quantileDifference(
  first: readonly number[],
  second: readonly number[],
  share: number,
  random: Random,
): QuantileDifference {
  const pairs = Math.min(first.length, second.length);
  const blocks = Math.ceil(pairs / blockLength);
  const differences = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    const [drawnFirst, drawnSecond] = [new Float64Array(pairs), new Float64Array(pairs)];
    for (let block = 0, at = 0; block < blocks; block += 1) {
      const from = random.whole(0, Math.max(0, pairs - blockLength));
      for (let step = 0; step < blockLength && at < pairs; step += 1, at += 1) {
        drawnFirst[at] = first[from + step] ?? NaN;
        drawnSecond[at] = second[from + step] ?? NaN;
      }
    }
    differences[draw] = quantileOf(drawnSecond, share) - quantileOf(drawnFirst, share);
  }
  differences.sort();
  return {
    difference:
      quantileOf(Float64Array.from(second), share) - quantileOf(Float64Array.from(first), share),
    low: differences[Math.floor(0.025 * draws)] ?? NaN,
    high: differences[Math.ceil(0.975 * draws) - 1] ?? NaN,
  };
}

/** By nearest rank; sorts the values. */
function quantileOf(values: Float64Array, share: number): number {
  values.sort();
  return values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? NaN;
}
