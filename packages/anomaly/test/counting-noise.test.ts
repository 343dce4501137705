import { describe, expect, it } from 'vitest';

import { CallsOfWindows, CountingNoise } from '../src/counting-noise.js';
import { seededRandom } from '../src/seeded-random.js';

/** Learns noise of which a share falls with the calls; calls vary by a factor of ten. */
function learnt(share: number): { calls: CallsOfWindows; noise: CountingNoise } {
  const random = seededRandom(8);
  const gauss = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const calls = new CallsOfWindows();
  const noise = new CountingNoise(1, calls);
  for (let window = 0; window < 6000; window += 1) {
    const size = 1000 * 10 ** (random() - 0.5);
    calls.weigh(size);
    calls.learn(size);
    noise.learn(0, (1 - share + (share * 1000) / size) * gauss() ** 2);
  }
  noise.choose(() => undefined);
  return { calls, noise };
}

describe('CountingNoise', () => {
  it.each([0, 0.5, 0.95])('finds out that a share of %d falls with the calls', (share) => {
    const { calls, noise } = learnt(share);
    for (const size of [300, 1000, 3000]) {
      calls.weigh(size);
      const expected = 1 - share + (share * 1000) / size;
      expect(noise.square(0) * noise.factor(0)).toBeGreaterThan(0.8 * expected);
      expect(noise.square(0) * noise.factor(0)).toBeLessThan(1.25 * expected);
    }
  });

  it('takes a window without a number of calls for a usual one, and one without calls for a small one', () => {
    const { calls, noise } = learnt(0.95);
    calls.weigh(Number.NaN);
    expect(noise.factor(0)).toBe(1);
    calls.weigh(0);
    expect(noise.factor(0)).toBeGreaterThan(20);
    expect(noise.factor(0)).toBeLessThan(31);
  });

  it('changes nothing before it has seen enough, and tells by how much a change scales what was learnt', () => {
    const calls = new CallsOfWindows();
    const noise = new CountingNoise(1, calls);
    const changes: number[] = [];
    for (let window = 0; window < 600; window += 1) {
      const size = window % 2 === 0 ? 100 : 10_000;
      calls.weigh(size);
      calls.learn(size);
      noise.learn(0, 1000 / size);
      if (window === 100) noise.choose((_, factor) => changes.push(factor));
    }
    expect(changes).toEqual([]);
    const before = noise.square(0);
    noise.choose((_, factor) => changes.push(factor));
    expect(changes).toHaveLength(1);
    expect(before * changes[0]!).toBeCloseTo(noise.square(0));
  });

  it('knows nothing of a metric that it forgot', () => {
    const { noise } = learnt(0.95);
    noise.forget(0);
    expect(noise.square(0)).toBe(0);
    expect(noise.state.share).toEqual([0]);
  });
});
