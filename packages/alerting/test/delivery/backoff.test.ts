import { expect, it } from 'vitest';
import { backoffMillis } from '../../src/delivery/backoff.js';

it('the wait doubles up to its bound, and chance takes at most half of it', () => {
  const options = { minMillis: 100, maxMillis: 1000 };
  const waits = (random: number) =>
    [1, 2, 3, 4, 5, 1000].map((attempt) => backoffMillis(attempt, options, () => random));
  expect(waits(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
});
