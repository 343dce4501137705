import { describe, expect, it } from 'vitest';

import { CallsOfWindows, CountingNoise } from '../src/counting-noise.js';
import { DriftPredictor } from '../src/drift-predictor.js';
import { seededRandom } from '../src/seeded-random.js';

const random = seededRandom(3);
const gauss = (): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Has learnt a metric that wanders and one that does not. */
function learnt(windows = 1500): { drift: DriftPredictor; wandering: () => number } {
  const drift = new DriftPredictor(2);
  let wander = 0;
  const wandering = (): number => {
    wander = 0.98 * wander + 0.2 * gauss();
    return wander + 0.4 * gauss();
  };
  for (let window = 0; window < windows; window += 1) {
    drift.learn(Float64Array.of(wandering(), gauss()));
    if (window % 100 === 99) drift.choose();
  }
  return { drift, wandering };
}

describe('DriftPredictor', () => {
  it('foretells nothing before it has learnt enough, nor where that does not help', () => {
    expect(new DriftPredictor(2).foretold(0)).toBeNaN();
    expect(learnt(150).drift.foretold(0)).toBeNaN();
    const { drift } = learnt();
    expect(drift.foretold(0)).not.toBeNaN();
    expect(drift.foretold(1)).toBeNaN();
  });

  it('foretells a metric that wanders better than its mean does, and knows how much better', () => {
    const { drift, wandering } = learnt();
    let plain = 0;
    let errors = 0;
    for (let window = 0; window < 2000; window += 1) {
      const value = wandering();
      errors += (value - drift.foretold(0)) ** 2;
      plain += value ** 2;
      drift.learn(Float64Array.of(value, gauss()));
    }
    expect(errors).toBeLessThan(0.5 * plain);
    expect(drift.spread(0)).toBeCloseTo(Math.sqrt(errors / 2000), 1);
    expect(drift.spread(1)).toBeCloseTo(1, 1);
  });

  it('shows a slow drift as a trend, which one stray window is not', () => {
    const { drift } = learnt();
    const trend = (): number => drift.trendWith(1, 0);
    expect(Math.abs(trend())).toBeLessThan(3.5);
    drift.learn(Float64Array.of(0, 500));
    expect(Math.abs(trend())).toBeLessThan(3.5);
    for (let window = 0; window < 12; window += 1)
      drift.learn(Float64Array.of(0, 2 + 0.3 * gauss()));
    expect(trend()).toBeGreaterThan(4.5);
    drift.forgetTrends();
    expect(trend()).toBe(0);
  });

  it('says nothing of a trend before what foretells has been chosen', () => {
    expect(learnt(400).drift.trendWith(0, 3)).toBeNaN();
    expect(learnt(600).drift.trendWith(0, 3)).not.toBeNaN();
  });

  it('begins anew around nothing after a reset, and knows nothing more of a metric it forgot', () => {
    const { drift } = learnt();
    for (let window = 0; window < 20; window += 1) drift.learn(Float64Array.of(3, 0));
    expect(drift.foretold(0)).toBeGreaterThan(2);
    drift.reset(0);
    expect(drift.foretold(0)).toBe(0);
    drift.forget(0);
    expect(drift.foretold(0)).toBeNaN();
    expect(drift.spread(0)).toBe(1);
  });

  it('leaves out a metric that is missing', () => {
    const { drift } = learnt();
    const before = drift.foretold(0);
    drift.learn(Float64Array.of(Number.NaN, 0));
    expect(drift.foretold(0)).toBe(before);
  });

  it('expects larger errors in windows of few calls once these were larger', () => {
    const calls = new CallsOfWindows();
    const drift = new DriftPredictor(1, calls, new CountingNoise(1, calls));
    for (let window = 0; window < 3000; window += 1) {
      const size = window % 2 === 0 ? 100 : 900;
      calls.weigh(size);
      calls.learn(size);
      drift.learn(Float64Array.of((gauss() * 10) / Math.sqrt(size)));
      if (window % 100 === 99) drift.choose();
    }
    const spreadAt = (size: number): number => {
      calls.weigh(size);
      return drift.spread(0);
    };
    expect(spreadAt(100) / spreadAt(900)).toBeGreaterThan(2.3);
    expect(spreadAt(100)).toBeCloseTo(1, 0);
  });
});
