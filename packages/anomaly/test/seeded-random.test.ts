import { describe, expect, it } from 'vitest';

import { indexSampler, seededRandom, withMathRandom } from '../src/seeded-random.js';

describe('seededRandom', () => {
  it('repeats itself for a seed, and is uniform enough', () => {
    const one = seededRandom(42);
    const two = seededRandom(42);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) {
      const value = one();
      expect(two()).toBe(value);
      counts[Math.floor(value * 10)]! += 1;
    }
    // Chi-square with 9 degrees of freedom: 27.9 is its 99.9 % quantile.
    expect(counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(27.9);
  });
});

describe('withMathRandom', () => {
  it('puts Math.random back when the work throws', () => {
    const original = Math.random;
    const work = () => {
      expect(Math.random()).toBe(0.25);
      throw new Error('in the middle');
    };
    expect(() => withMathRandom(() => 0.25, work)).toThrow('in the middle');
    expect(Math.random).toBe(original);
  });
});

describe('indexSampler', () => {
  it('draws without replacement, every index as often as any other', () => {
    const random = seededRandom(3);
    const sample = indexSampler(10);
    const drawn = new Array<number>(10).fill(0);
    for (let i = 0; i < 5000; i += 1) {
      const indices = sample(4, random);
      expect(new Set(indices).size).toBe(4);
      for (const index of indices) drawn[index]! += 1;
    }
    for (const count of drawn) expect(Math.abs(count - 2000)).toBeLessThan(150);
  });

  it('draws the same sample for the same numbers, whatever was drawn before', () => {
    const used = indexSampler(1000);
    used(700, seededRandom(1));
    used(3, seededRandom(2));
    expect(used(1000, seededRandom(5))).toEqual(indexSampler(1000)(1000, seededRandom(5)));
    expect(new Set(used(1000, seededRandom(6))).size).toBe(1000);
  });
});
