import { describe, expect, it } from 'vitest';

import { wakeConstants } from '../src/constant-metrics.js';
import { resolveOptions } from '../src/monitor-options.js';
import { ModelOfNormal } from '../src/model-of-normal.js';

const CADENCE = 300_000;

function fitted(first: number): ModelOfNormal {
  const normal = new ModelOfNormal(
    resolveOptions({ features: { first: { transform: 'identity' }, second: { transform: 'identity' } } }).features.slice(-2), // prettier-ignore
  );
  for (let window = 0; window < 60; window += 1)
    normal.keep(Float64Array.of(first, window % 7), window * CADENCE);
  normal.fit('');
  return normal;
}

describe('wakeConstants', () => {
  it('leaves a metric constant as long as it does not move, and one that always moved alone', () => {
    const normal = fitted(5);
    expect([...normal.state.constant]).toEqual([true, false]);
    wakeConstants(normal);
    expect([...normal.state.constant]).toEqual([true, false]);
  });

  it('gives a metric that moves at last the spread of the kept windows', () => {
    const normal = fitted(5);
    for (let window = 60; window < 120; window += 1)
      normal.learn(Float64Array.of(window % 2 === 0 ? 4 : 6, window % 7), window * CADENCE, CADENCE); // prettier-ignore
    wakeConstants(normal);
    expect([...normal.state.constant]).toEqual([false, false]);
    const spread = normal.spread(0, Number.NaN);
    // Half of the windows stood still, the others were one off.
    expect(spread).toBeGreaterThan(0.6);
    expect(spread).toBeLessThan(1.2);
  });
});
