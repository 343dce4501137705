import { expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import { quantileDifference } from '../../src/tracing/quantile-difference.js';

/** Times with a long tail, as waiting for a server gives. */
const times = (seed: number, added: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length: 1000 }, () => 1 - Math.log(1 - random.next()) + added);
};

it('finds what was added to all, within its interval', () => {
  const bare = times(1, 0);
  const { difference, low, high } = quantileDifference(
    bare,
    bare.map((time) => time + 0.25),
    0.99,
    new Random(3),
  );
  expect(difference).toBeCloseTo(0.25, 10);
  expect([low, high]).toEqual([expect.closeTo(0.25, 10), expect.closeTo(0.25, 10)]);
});

it('has 0 within its interval nineteen times of twenty where nothing was added', () => {
  const without = Array.from({ length: 20 }, (_, seed) => {
    const { low, high } = quantileDifference(
      times(seed, 0),
      times(seed + 100, 0),
      0.9,
      new Random(seed),
    );
    return low <= 0 && high >= 0;
  });
  expect(without.filter(Boolean).length).toBeGreaterThanOrEqual(17);
});
