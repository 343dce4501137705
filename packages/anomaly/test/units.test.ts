import { describe, expect, it } from 'vitest';

import { Series } from '../src/series.js';
import { Units } from '../src/units.js';

const units = (): Units => new Units(new Series(2), 3);

describe('Units', () => {
  it('are one before anything was learnt', () => {
    expect(units().of(2, 1)).toBe(1);
    expect(units().learn(2, 1, 3, 0)).toBe(3);
  });

  it('become the usual size of a statistic, each for itself', () => {
    const learnt = units();
    for (let seen = 0; seen < 8000; seen += 1) learnt.learn(1, 0, seen % 2 === 0 ? 1.6 : -1.6, seen); // prettier-ignore
    expect(learnt.of(1, 0)).toBeCloseTo(1.6, 1);
    expect(learnt.learn(1, 0, 3.2, 8000)).toBeCloseTo(2, 1);
    expect(learnt.of(0, 0)).toBe(1);
    learnt.forget(1, 0);
    expect(learnt.of(1, 0)).toBe(1);
  });

  it('are not widened by a stray of any size', () => {
    const learnt = units();
    for (let seen = 0; seen < 4000; seen += 1) learnt.learn(0, 0, 1, seen);
    learnt.learn(0, 0, 1e9, 4000);
    expect(learnt.of(0, 0)).toBeLessThan(1.01);
  });
});
