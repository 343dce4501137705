import { describe, expect, it } from 'vitest';

import { Closeness } from '../src/closeness.js';
import { seededRandom } from '../src/seeded-random.js';

const PROBABILITY = 1e-4;

/** Counts windows whose largest votes are those of an exponential tail that reaches `reach` in one block of a thousand. */
function counted(reach: number, blocks: number, models = 1): Closeness {
  const random = seededRandom(5);
  const closeness = new Closeness(models);
  const block = { closest: 0, windows: 0 };
  for (let index = 0; index < blocks; index += 1) {
    const vote = (reach * -Math.log(1 - random())) / Math.log(1000);
    for (const part of [0, vote, 0, 0]) closeness.count(block, part, PROBABILITY, models);
  }
  return closeness;
}

describe('Closeness', () => {
  it('leaves thresholds as they are before it has counted enough', () => {
    expect(new Closeness().stretchFor(PROBABILITY, 1)).toBe(1);
    expect(counted(3, 99).stretchFor(PROBABILITY, 1)).toBe(1);
  });

  it('counts the closest of four windows once', () => {
    const closeness = counted(1, 200);
    expect(closeness.counts.totals[0]).toBe(200);
  });

  it('stretches thresholds where windows come closer to an alarm than the budget allows', () => {
    const near = counted(1.1, 5000).stretchFor(PROBABILITY, 1);
    expect(near).toBeGreaterThan(1.1);
    expect(near).toBeLessThan(1.5);
    expect(counted(1.2, 5000).stretchFor(PROBABILITY, 1)).toBeGreaterThan(near);
  });

  it('shrinks them a little at most where windows stay far away, and stretches within bounds', () => {
    expect(counted(0.2, 5000).stretchFor(PROBABILITY, 1)).toBe(0.95);
    expect(counted(9, 5000).stretchFor(PROBABILITY, 1)).toBe(1.5);
  });

  it('stretches more for a smaller probability where the tail is heavier than a normal one', () => {
    const closeness = counted(1, 5000);
    expect(closeness.stretchFor(1e-6, 1)).toBeGreaterThan(closeness.stretchFor(1e-3, 1));
  });

  it('begins anew where twice as many models share the budget, or half as many', () => {
    const closeness = counted(9, 5000, 10);
    expect(closeness.stretchFor(PROBABILITY, 19)).toBe(1.5);
    expect(closeness.stretchFor(PROBABILITY, 20)).toBe(1);
    expect(closeness.counts.totals[0]).toBe(0);
  });
});
