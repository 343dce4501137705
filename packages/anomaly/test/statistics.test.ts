import { describe, expect, it } from 'vitest';

import { DriftPredictor } from '../src/drift-predictor.js';
import { resolveFeatures } from '../src/feature.js';
import { Relation } from '../src/relation.js';
import { FIRST_ODD, LOOKS } from '../src/series.js';
import { copyOfStatistics, eachStatistics, type Statistics } from '../src/statistics.js';

const features = resolveFeatures();
const width = features.length;
const constant = features.map(() => false);
const NAN = Number.NaN;

/** The statistics of the last of some windows. */
function newest(windows: number[][], more: { constant?: boolean[]; relation?: Relation } = {}) {
  const inputs = { runLength: 3, features, constant, relation: undefined, drift: new DriftPredictor(width), ...more }; // prettier-ignore
  let last: Statistics | undefined;
  eachStatistics(windows.map((z) => Float64Array.from(z)), inputs, (one) => (last = copyOfStatistics(one))); // prettier-ignore
  return last!;
}

const look = (name: (typeof LOOKS)[number]): number => LOOKS.indexOf(name);

describe('the statistics of a window', () => {
  it('are its deviations, and sums over the newest ones in units of their spread', () => {
    const { looks, weakest } = newest([[1, 9, 1, 1, 1], [1, -1, 2, 1, 1], [2, 1, 3, -1, NAN]]); // prettier-ignore
    expect([...looks[look('single')]!]).toEqual([2, 1, 3, -1, NAN]);
    const [two] = [looks[look('pair')]!];
    expect(two[0]).toBeCloseTo(3 / Math.SQRT2, 12);
    expect(two[3]).toBe(0);
    expect(two[4]).toBeNaN();
    expect(looks[look('run')]![0]).toBeCloseTo(4 / Math.sqrt(3), 12);
    expect(looks[look('run')]![2]).toBeCloseTo(6 / Math.sqrt(3), 12);
    // The least far of windows that are all to one side.
    expect([...weakest[look('run')]!]).toEqual([1, 0, 1, 0, NAN]);
  });

  it('over more windows than there are are none', () => {
    const { looks, weakest } = newest([[1, 1, 1, 1, 1]]);
    for (const name of ['pair', 'run'] as const) {
      expect([...looks[look(name)]!].every(Number.isNaN)).toBe(true);
      expect([...weakest[look(name)]!].every(Number.isNaN)).toBe(true);
    }
  });

  it('of a metric that never moved are what all of the windows agree on', () => {
    const isConstant = features.map((_, column) => column === 0);
    const { looks, joint } = newest([[5, 0, 0, 0, 0], [2, 0, 0, 0, 0]], { constant: isConstant }); // prettier-ignore
    expect(looks[look('pair')]![0]).toBeCloseTo(2 * Math.SQRT2, 12);
    expect(joint[0][0]).toBe(0);
  });

  it('beside the other metrics are there only where a relation is given', () => {
    const windows = [[1, 1, 1, 1, 1], [1, 2, 1, 1, 1]]; // prettier-ignore
    expect(newest(windows).looks).toHaveLength(FIRST_ODD);
    const relation = new Relation(width);
    for (let at = 0; at < 50; at += 1) relation.learn(Float64Array.from({ length: width }, (_, c) => Math.sin(at * (c + 1)))); // prettier-ignore
    relation.refresh();
    const { looks } = newest(windows, { relation });
    expect(looks).toHaveLength(LOOKS.length);
    expect(looks[look('odd')]!.every(Number.isFinite)).toBe(true);
  });

  it('are measured in one place: what is to last has to be copied', () => {
    const seen: Statistics[] = [];
    const copies: Statistics[] = [];
    const inputs = { runLength: 3, features, constant, relation: undefined, drift: new DriftPredictor(width) }; // prettier-ignore
    const windows = [1, 2].map((z) => new Float64Array(width).fill(z));
    eachStatistics(windows, inputs, (statistics) => {
      seen.push(statistics);
      copies.push(copyOfStatistics(statistics));
    });
    expect(seen[0]).toBe(seen[1]);
    expect(copies.map(({ looks }) => looks[0]![0])).toEqual([1, 2]);
  });
});
