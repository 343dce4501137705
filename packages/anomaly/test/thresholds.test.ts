import { describe, expect, it } from 'vitest';

import { type FeatureOptions, resolveFeatures } from '../src/feature.js';
import { seededRandom } from '../src/seeded-random.js';
import { FIRST_ODD, LOOKS, Series } from '../src/series.js';
import { TailCounts } from '../src/tail-counts.js';
import { TailPool } from '../src/tail-pool.js';
import { exceededByNormal } from '../src/tail-shape.js';
import { leastDeviation, type ThresholdInputs, thresholdsOf } from '../src/thresholds.js';
import { Units } from '../src/units.js';

const none = {
  avg_confidence: false,
  inference_latency: false,
  error_rate: false,
  throughput: false,
  memory_usage: false,
} as const;

/** A model of one metric whose statistics were all drawn from a normal distribution. */
function inputs(windows: number, options: FeatureOptions = {}): ThresholdInputs {
  const features = resolveFeatures({ ...none, a: options });
  const series = new Series(1);
  const random = seededRandom(4);
  const tails = new TailCounts(series.count);
  const pool = new TailPool(series.count);
  for (let window = 0; window < windows; window += 1) {
    LOOKS.forEach((_, look) => {
      const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      tails.addSigned(series.of(look, 0, 0), z, pool.sums);
    });
  }
  return {
    features,
    series,
    votes: { relation: true, forest: false },
    tails,
    units: new Units(series, LOOKS.length),
    pool,
    probability: 1e-4,
    isForetold: () => true,
    caution: 0,
    stretch: 1,
  };
}

/** Of each look upwards. */
const upwards = (given: ThresholdInputs): number[] => {
  const thresholds = thresholdsOf(given);
  return LOOKS.map((_, look) => thresholds[given.series.of(look, 0, 0)]!);
};

describe('thresholdsOf', () => {
  it('has none before a statistic was measured in twenty windows', () => {
    expect(upwards(inputs(19)).every((threshold) => threshold === Infinity)).toBe(true);
    expect(upwards(inputs(25)).every(Number.isFinite)).toBe(true);
  });

  it('lies beyond what a normal deviation exceeds with its share, and not by more than half', () => {
    const given = inputs(8000);
    for (const threshold of upwards(given)) {
      // Shares are from a few thousandths to a third, of two sides.
      expect(threshold).toBeGreaterThan(exceededByNormal(0.4 * given.probability));
      expect(threshold).toBeLessThan(1.5 * exceededByNormal(1e-3 * given.probability));
    }
  });

  it('is never below what a normal deviation exceeds, however quiet the windows were', () => {
    const given = inputs(0);
    for (let window = 0; window < 200; window += 1) {
      LOOKS.forEach((_, look) => given.tails.addSigned(given.series.of(look, 0, 0), 0.01));
    }
    const least = exceededByNormal(0.4 * given.probability);
    for (const caution of [0, 1]) {
      const [single, pair] = upwards({ ...given, caution });
      expect(single).toBeGreaterThan(least);
      // Two windows that are far out are rarer than one: less is asked of them while caution is called for.
      expect(pair).toBeGreaterThan(exceededByNormal((0.4 * given.probability) ** (2 / 3)));
    }
  });

  it('grows as the probability falls', () => {
    const given = inputs(8000);
    const rarer = upwards({ ...given, probability: given.probability / 100 });
    upwards(given).forEach((threshold, look) => expect(rarer[look]).toBeGreaterThan(threshold));
  });

  it('is in the units of each statistic, and stretched as asked', () => {
    const given = inputs(8000);
    const units = new Units(given.series, LOOKS.length);
    units.square.fill(4);
    const before = upwards(given);
    const after = upwards({ ...given, units, stretch: 1.1 });
    after.forEach((threshold, look) => expect(threshold).toBeCloseTo(2.2 * before[look]!, 6));
  });

  it('watches only the sides and votes that are asked for', () => {
    const given = inputs(8000, { direction: 'up' });
    const thresholds = thresholdsOf({ ...given, votes: { relation: false, forest: false } });
    LOOKS.forEach((_, look) => {
      expect(thresholds[given.series.of(look, 0, 1)]).toBe(Infinity);
      expect(Number.isFinite(thresholds[given.series.of(look, 0, 0)])).toBe(look < FIRST_ODD);
    });
    expect(thresholds[given.series.forest]).toBe(Infinity);
  });

  it('looks at jumps only where these are measured against something', () => {
    const notForetold = upwards({ ...inputs(8000), isForetold: () => false });
    expect([3, 4].map((look) => notForetold[look])).toEqual([Infinity, Infinity]);
    expect([0, 1, 2, 5].every((look) => Number.isFinite(notForetold[look]))).toBe(true);
  });

  it('takes a single window for a stray unless it leaves those before well behind', () => {
    const given = inputs(8000);
    const single = given.series.of(0, 0, 0);
    for (const stray of [11, 14, 20]) given.tails.addSigned(single, stray, given.pool.sums);
    const largest = given.tails.largest(single);
    expect(largest).toBeGreaterThan(20);
    expect(thresholdsOf(given)[single]).toBeGreaterThanOrEqual(1.5 * largest);
  });

  it("heeds a model's own windows where they contradict those of all models", () => {
    const given = inputs(8000);
    const pair = given.series.of(1, 0, 0);
    const before = thresholdsOf(given)[pair]!;
    // In the tails of this model only: the pool of thousands does not show them.
    for (let window = 0; window < 8; window += 1) given.tails.addSigned(pair, 12);
    expect(thresholdsOf(given)[pair]).toBeGreaterThan(1.5 * before);
  });
});

describe('leastDeviation', () => {
  const [feature] = resolveFeatures({ ...none, a: { transform: 'log', minChange: { relative: 1 }, minJump: { relative: 4 } } }); // prettier-ignore
  const log = { name: 'log', offset: 0 } as const;

  it('asks for more of one window than of two, and of two than of a run, while caution is called for', () => {
    const [one, two, run] = [0, 1, 2].map((look) => leastDeviation(feature!, log, Math.log(10), 1, look, 1)); // prettier-ignore
    expect(one).toBeCloseTo(Math.log(5));
    expect(run).toBeCloseTo(Math.log(2));
    expect(two).toBeGreaterThan(run!);
    expect(two).toBeLessThan(one!);
  });

  it('asks for what was said to be worth reporting once there is none', () => {
    expect(leastDeviation(feature!, log, Math.log(10), 1, 1, 0)).toBeCloseTo(Math.log(2));
    const [plain] = resolveFeatures({ ...none, a: { transform: 'log' } });
    expect(leastDeviation(plain!, log, Math.log(10), 1, 1, 0)).toBeCloseTo(Math.log(1.05));
    // Half is as far down as twice is up.
    expect(leastDeviation(feature!, log, Math.log(10), -1, 2, 1)).toBeCloseTo(Math.log(2));
  });
});
