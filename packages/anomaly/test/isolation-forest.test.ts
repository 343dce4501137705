import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { IsolationForest } from '../src/index.js';

const lattice = Array.from({ length: 300 }, (_, i) => [
  ((i * 37) % 101) / 10,
  (i * i) % 53,
  (i % 3) * 100,
]);
const queries = [
  [5, 26, 100],
  [30, 26, 100],
  [5, 200, -300],
  [0, 0, 0],
  [5, 26, 150],
];
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const cell = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
const table = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
    minLength: 2,
    maxLength: 40,
  }),
);

describe('IsolationForest', () => {
  it('scores as scikit-learn does, on average over seeds', () => {
    // scikit-learn 1.2.1, mean of score_samples over random_state 0..99 (sd of one seed below .009):
    // IsolationForest(n_estimators=100, max_samples=256).fit(lattice).score_samples(queries)
    const reference = [-0.4947, -0.5807, -0.5814, -0.6342, -0.5045];
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const scores = seeds.map((randomState) =>
      new IsolationForest({ maxSamples: 256, randomState }).fit(lattice).scoreSamples(queries),
    );
    reference.forEach((expected, query) => {
      expect(mean(scores.map((row) => row[query]!))).toBeGreaterThan(expected - 0.006);
      expect(mean(scores.map((row) => row[query]!))).toBeLessThan(expected + 0.006);
    });
  });

  it('puts the offset of a contamination where scikit-learn puts it', () => {
    // scikit-learn 1.2.1: mean of offset_ over random_state 0..99 is -.5780 (sd .0024)
    const offsets = Array.from({ length: 40 }, (_, randomState) => {
      const forest = new IsolationForest({ maxSamples: 64, contamination: 0.1, randomState });
      return forest.fit(lattice).offset;
    });
    expect(Math.abs(mean(offsets) + 0.578)).toBeLessThan(0.002);
  });

  it('scores two rows apart, and identical rows, with the exact values of the definition', () => {
    const two = new IsolationForest().fit([[0], [1]]);
    expect([...two.scoreSamples([[0], [1], [99]])]).toEqual([-0.5, -0.5, -0.5]);
    const same = new IsolationForest().fit(Array.from({ length: 10 }, () => [7, 7]));
    for (const score of same.scoreSamples([[7, 7], [0, 0]])) expect(score).toBeCloseTo(-0.5, 12); // prettier-ignore
    expect(new IsolationForest({ maxSamples: 1 }).fit([[3], [4]]).scoreSample([4])).toBe(-0.5);
  });

  it('is the same forest, bit by bit, for the same seed, and another for another seed', () => {
    const fit = (randomState: number) => new IsolationForest({ randomState }).fit(lattice);
    expect(fit(7).toJSON()).toEqual(fit(7).toJSON());
    expect(fit(7).scoreSample([1, 2, 3])).not.toBe(fit(8).scoreSample([1, 2, 3]));
  });

  it('leaves Math.random as it was, also when nothing seeds it', () => {
    const original = Math.random;
    new IsolationForest().fit(lattice);
    expect(Math.random).toBe(original);
  });

  it('gives decisions as scores minus the offset, and -1 below zero', () => {
    const forest = new IsolationForest({ randomState: 1, contamination: 0.05 }).fit(lattice);
    const scores = forest.scoreSamples(lattice);
    const decisions = forest.decisionFunction(lattice);
    const labels = forest.predict(lattice);
    scores.forEach((score, row) => {
      expect(decisions[row]).toBe(score - forest.offset);
      expect(labels[row]).toBe(score < forest.offset ? -1 : 1);
    });
    expect(labels.filter((label) => label === -1)).toHaveLength(15);
    expect(new IsolationForest().fit(lattice).offset).toBe(-0.5);
  });

  it('labels the rows it learnt from in one step', () => {
    const options = { randomState: 3, contamination: 0.1 };
    const once = new IsolationForest(options).fitPredict(lattice);
    expect(once).toEqual(new IsolationForest(options).fit(lattice).predict(lattice));
  });

  it('is blind to a column that was constant in training, whatever its value later', () => {
    fc.assert(
      fc.property(table, cell, cell, fc.nat(1000), (rows, constant, later, randomState) => {
        const options = { nEstimators: 5, randomState };
        const without = new IsolationForest(options).fit(rows);
        const beside = new IsolationForest(options).fit(rows.map((row) => [constant, ...row]));
        expect(beside.scoreSamples(rows.map((row) => [later, ...row]))).toEqual(
          without.scoreSamples(rows),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('keeps every score within [-1, 0)', () => {
    fc.assert(
      fc.property(table, fc.nat(1000), (rows, randomState) => {
        const forest = new IsolationForest({ nEstimators: 5, randomState }).fit(rows);
        for (const score of forest.scoreSamples(rows)) {
          expect(score).toBeGreaterThanOrEqual(-1);
          expect(score).toBeLessThan(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('learns anew when it is fitted again', () => {
    const forest = new IsolationForest({ randomState: 1 }).fit(lattice);
    forest.fit([[0], [1]]);
    expect(forest.nFeatures).toBe(1);
    expect(forest.maxSamples).toBe(2);
  });

  it('takes a share of the rows, a count, and at most 256 by itself', () => {
    const drawn = (maxSamples: number | 'auto') =>
      new IsolationForest({ maxSamples, nEstimators: 1 }).fit(lattice).maxSamples;
    expect([drawn('auto'), drawn(0.5), drawn(64), drawn(1e6)]).toEqual([256, 150, 64, 300]);
  });

  it('names the row and the column that it cannot use', () => {
    const forest = new IsolationForest({ randomState: 1 }).fit(lattice);
    expect(() => forest.fit([])).toThrow('at least one row, got 0');
    expect(() => forest.fit([[1, 2]])).toThrow('at least two rows to fit, got 1');
    expect(() => forest.fit([[1, 2], [1]])).toThrow('row 1 must have 2 columns, got 1');
    expect(() => forest.fit([[1], [Number.NaN]])).toThrow('row 1, column 0');
    expect(() => forest.fit([[1, -Infinity]])).toThrow('row 0, column 1');
    expect(() => forest.fit([['1'] as unknown as number[]])).toThrow('got string');
    expect(() => forest.fit([null as unknown as number[]])).toThrow('row 0 must be an array');
    expect(() => forest.fit('ab' as unknown as number[][])).toThrow('got string');
    expect(() => forest.scoreSamples([[1, 2]])).toThrow('row 0 must have 3 columns, got 2');
    expect(() => forest.scoreSample([1, 2, Infinity])).toThrow('column 2');
    expect(forest.scoreSamples([])).toHaveLength(0);
  });

  it('refuses options that make no sense, with the value', () => {
    expect(() => new IsolationForest({ nEstimators: 0 })).toThrow('nEstimators');
    expect(() => new IsolationForest({ maxSamples: 1.5 })).toThrow('got 1.5');
    expect(() => new IsolationForest({ contamination: 0.6 })).toThrow('got 0.6');
    expect(() => new IsolationForest({ contamination: 'no' as 'auto' })).toThrow('got "no"');
    expect(() => new IsolationForest({ randomState: -1 })).toThrow('got -1');
  });

  it('says so when it is asked before it was fitted', () => {
    expect(() => new IsolationForest().scoreSample([1])).toThrow('not fitted');
    expect(() => new IsolationForest().toJSON()).toThrow('not fitted');
  });
});
