import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { backward, clampToDomain, fitTransform, forward } from '../src/transform.js';

describe('a transform', () => {
  it('keeps the order of values and leads back to them', () => {
    const transforms = (['identity', 'log', 'proportion'] as const).map((name) =>
      fitTransform(name, [0.2, 0.5, 0.9]),
    );
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.constantFrom(...transforms), (a, b, transform) => {
        if (a < b) expect(forward(transform, a)).toBeLessThanOrEqual(forward(transform, b));
        expect(backward(transform, forward(transform, a))).toBeCloseTo(a, 9);
      }),
    );
  });

  it('gives no value for what no value transforms to', () => {
    expect(backward({ name: 'proportion', offset: 0 }, 2)).toBeUndefined();
    expect(backward({ name: 'log', offset: 1 }, -1)).toBeUndefined();
    expect(backward({ name: 'identity', offset: 0 }, Infinity)).toBeUndefined();
  });

  it('puts nothing at all far below the median on the log scale', () => {
    const log = fitTransform('log', [90, 100, 110]);
    expect(forward(log, 100) - forward(log, 0)).toBeCloseTo(Math.log(101), 9);
    expect(Number.isFinite(forward(fitTransform('log', [0, 0, 0]), 0))).toBe(true);
  });

  it('chosen by itself is the logarithm for positive skewed values only', () => {
    const skewed = Array.from({ length: 50 }, (_, i) => Math.exp(Math.sin(i * 1.3) * 2));
    expect(fitTransform('auto', skewed).name).toBe('log');
    expect(
      fitTransform(
        'auto',
        skewed.map((value) => value - 1),
      ).name,
    ).toBe('identity');
    expect(fitTransform('auto', skewed.map(Math.log)).name).toBe('identity');
    expect(fitTransform('auto', [3, 3, 3]).name).toBe('identity');
  });

  it('takes values outside its domain at the edge', () => {
    expect([clampToDomain('log', -1), clampToDomain('proportion', 1.2)]).toEqual([0, 1]);
    expect(clampToDomain('identity', -1)).toBe(-1);
  });
});
