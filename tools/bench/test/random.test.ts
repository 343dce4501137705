import { expect, it } from 'vitest';
import { Random } from '../src/random.js';

it('draws the same for the same seed, and something else for another', () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

it('draws whole numbers over the whole range, both ends included', () => {
  const random = new Random(1);
  const drawn = new Set(Array.from({ length: 500 }, () => random.whole(3, 6)));
  expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
});

it('draws about as often as a probability says', () => {
  const random = new Random(2);
  const hits = Array.from({ length: 10_000 }, () => random.chance(0.3)).filter(Boolean).length;
  expect(hits).toBeGreaterThan(2800);
  expect(hits).toBeLessThan(3200);
});

it('refuses to pick from nothing', () => {
  expect(() => new Random(3).pick([])).toThrow(RangeError);
});
