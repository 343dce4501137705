import { describe, expect, it } from 'vitest';

import { seededRandom } from '../src/seeded-random.js';
import { BINS, binOf } from '../src/tail-counts.js';
import { TailPool } from '../src/tail-pool.js';
import { exceededByNormal, exceededWith, USUAL } from '../src/tail-shape.js';

/** A pool of so many draws. */
function pooled(count: number, draw: (random: () => number) => number): TailPool {
  const pool = new TailPool(1);
  const random = seededRandom(11);
  for (let index = 0; index < count; index += 1) {
    pool.sums.change(0, -1, 1);
    const value = draw(random);
    if (value >= 0) pool.sums.change(0, binOf(value), 1);
  }
  return pool;
}

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

describe('TailPool', () => {
  it('takes the tail of few windows for the usual one', () => {
    const pool = pooled(1500, normal);
    expect(pool.exceededWith(0, 1e-7)).toBe(exceededWith(1e-7, USUAL));
  });

  it('takes the tail of many windows as it is, so that light ones ask for less', () => {
    const pool = pooled(300_000, normal);
    const threshold = pool.exceededWith(0, 1e-7);
    expect(threshold / exceededByNormal(1e-7)).toBeCloseTo(1, 1);
    expect(threshold).toBeLessThan(0.95 * exceededWith(1e-7, USUAL));
  });

  it('heeds what is rare among them, where it lies far out', () => {
    const calm = pooled(300_000, normal);
    const disturbed = pooled(300_000, normal);
    for (let bin = 40; bin < 60; bin += 1) disturbed.sums.change(0, bin, 3);
    expect(disturbed.exceededWith(0, 1e-7)).toBeGreaterThan(1.5 * calm.exceededWith(0, 1e-7));
  });

  it('goes on with the shapes that were saved', () => {
    const pool = pooled(5000, normal);
    const threshold = pool.exceededWith(0, 1e-7);
    const restored = new TailPool(1);
    restored.restore(pool.state());
    for (let bin = 0; bin < BINS; bin += 1) restored.sums.change(0, bin, pool.sums.counts[bin]!);
    restored.sums.change(0, -1, 5000);
    expect(restored.exceededWith(0, 1e-7)).toBe(threshold);
  });
});
