import { describe, expect, it } from 'vitest';

import { DistributionDrift } from '../src/index.js';
import { seededRandom } from '../src/seeded-random.js';

const random = seededRandom(4);
const confidences = (count: number, shift = 0): number[] =>
  Array.from({ length: count }, () => Math.min(1, 0.5 + 0.4 * random() + 0.1 * random() + shift));

describe('the drift of a distribution', () => {
  it('is small between samples of one distribution, large after a shift', () => {
    const drift = new DistributionDrift({ baseline: confidences(5000) });
    confidences(1000).forEach((value) => drift.observe(value));
    const same = drift.measure();
    expect(same.psi).toBeLessThan(0.05);
    expect(same.ks).toBeLessThan(0.08);
    confidences(1000, -0.1).forEach((value) => drift.observe(value));
    const moved = drift.measure();
    expect(moved.psi).toBeGreaterThan(0.25);
    expect(moved.ks).toBeGreaterThan(0.15);
    expect(moved.values).toBe(1000);
  });

  it('is what the definitions say', () => {
    const baseline = Array.from({ length: 100 }, (_, i) => i);
    const drift = new DistributionDrift({ baseline, bins: 2, windowSize: 50 });
    // 10 of 50 below the median of the baseline, 40 above it.
    for (let i = 0; i < 50; i += 1) drift.observe(i < 10 ? 0.5 : 60);
    const { psi, ks } = drift.measure();
    expect(psi).toBeCloseTo(
      (0.2 - 0.5) * Math.log(0.2 / 0.5) + (0.8 - 0.5) * Math.log(0.8 / 0.5),
      9,
    );
    // Just below 60: all ten of the new values, and 60 of 100 of the baseline.
    expect(ks).toBeCloseTo(0.4, 9);
  });

  it('is unknown before there are fifty values, and leaves out what is no number', () => {
    const drift = new DistributionDrift({ baseline: confidences(50) });
    expect(drift.observe(Number.NaN)).toBe(false);
    expect(drift.measure()).toEqual({ psi: null, ks: null, values: 0 });
  });

  it('survives a baseline of one value', () => {
    const drift = new DistributionDrift({ baseline: Array.from({ length: 60 }, () => 1) });
    for (let i = 0; i < 60; i += 1) drift.observe(1);
    expect(drift.measure()).toEqual({ psi: 0, ks: 0, values: 60 });
  });

  it('needs a baseline, and bins that make sense', () => {
    expect(() => new DistributionDrift({ baseline: [1] })).toThrow('at least 50 finite numbers');
    expect(() => new DistributionDrift({ baseline: confidences(50), bins: 1 })).toThrow('bins');
    expect(() => new DistributionDrift({ baseline: confidences(50), windowSize: 1 })).toThrow(
      'windowSize',
    );
  });
});
