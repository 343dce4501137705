import { describe, expect, it } from 'vitest';

import { seededRandom } from '../src/seeded-random.js';
import { BINS, binOf } from '../src/tail-counts.js';
import {
  exceededByNormal,
  exceededWith,
  farthest,
  fitShapes,
  fitTail,
  isExceeded,
  UNKNOWN,
  USUAL,
} from '../src/tail-shape.js';

const OFFSET = 3 * BINS;

/** Counts of so many draws, in the fourth of five series. */
function counted(draws: number, draw: (uniform: () => number) => number): Uint16Array {
  const random = seededRandom(11);
  const counts = new Uint16Array(5 * BINS);
  for (let index = 0; index < draws; index += 1) {
    const at = OFFSET + binOf(Math.max(0, draw(random)));
    counts[at] = counts[at]! + 1;
  }
  return counts;
}

const exponential = (uniform: () => number): number => -Math.log(1 - uniform());
const normal = (uniform: () => number): number =>
  Math.abs(Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
const heavy = (uniform: () => number): number => (1 - uniform()) ** (-1 / 2) - 1;

describe('fitTail', () => {
  it('knows nothing from fewer than ten windows', () => {
    expect(fitTail(counted(8, exponential), OFFSET, 8, 0.2)).toBe(UNKNOWN);
    expect(fitTail(new Uint16Array(5 * BINS), OFFSET, 1000, 0.2)).toBe(UNKNOWN);
    expect(fitTail(new Uint16Array(5 * BINS), OFFSET, 0, 0.2)).toBe(UNKNOWN);
  });

  it('foretells what one in a hundred thousand exceeds, far beyond what it was fitted to', () => {
    const exceeded = (draw: typeof normal): number =>
      exceededWith(1e-5, fitTail(counted(20_000, draw), OFFSET, 20_000, 0.2));
    expect(exceeded(exponential)).toBeGreaterThan(10);
    expect(exceeded(exponential)).toBeLessThan(14);
    expect(exceeded(normal)).toBeGreaterThan(4);
    expect(exceeded(normal)).toBeLessThan(5.2);
  });

  it('tells tails apart by their power', () => {
    const power = (draw: typeof normal): number =>
      fitTail(counted(20_000, draw), OFFSET, 20_000, 0.2).power;
    expect(power(normal)).toBeGreaterThan(power(exponential));
    expect(power(exponential)).toBeGreaterThan(power(heavy));
  });
});

describe('exceededWith', () => {
  it('gives back where a shape begins, and more for what is rarer', () => {
    expect(exceededWith(USUAL.share, USUAL)).toBeCloseTo(USUAL.from, 3);
    const magnitudes = [1e-2, 1e-4, 1e-6, 1e-8].map((rare) => exceededWith(rare, USUAL));
    expect(magnitudes).toEqual([...magnitudes].sort((a, b) => a - b));
  });

  it('goes farther where the rate was estimated from fewer windows', () => {
    const few = exceededWith(1e-5, { ...UNKNOWN, fittedTo: 12 });
    const many = exceededWith(1e-5, { ...UNKNOWN, fittedTo: 12_000 });
    expect(few).toBeGreaterThan(1.3 * many);
  });
});

it('takes the usual tail for one between a normal and an exponential one', () => {
  for (const rare of [1e-4, 1e-6, 1e-8]) {
    expect(exceededWith(rare, USUAL)).toBeGreaterThan(exceededByNormal(rare));
    expect(exceededWith(rare, USUAL)).toBeLessThan(-Math.log(rare));
  }
});

it('knows the normal distribution within two hundredths', () => {
  for (const [probability, magnitude] of [
    [0.16, 0.9945],
    [1e-2, 2.3263],
    [1e-4, 3.719],
    [1e-7, 5.1993],
  ] as const) {
    expect(Math.abs(exceededByNormal(probability) - magnitude)).toBeLessThan(0.02);
  }
});

describe('isExceeded', () => {
  it('does not object to draws from the shape itself, and does to heavier ones', () => {
    const usual = (uniform: () => number): number => {
      const share = 1 - uniform();
      return share > USUAL.share ? 0.5 : exceededWith(share, USUAL);
    };
    expect(isExceeded(counted(20_000, usual), OFFSET, 20_000, USUAL)).toBe(false);
    expect(isExceeded(counted(20_000, heavy), OFFSET, 20_000, USUAL)).toBe(true);
  });

  it('lets as many more pass as come together', () => {
    const counts = counted(5000, () => 0.5);
    // Four windows that 1 in 5000 is expected to reach: one event of four windows, or four events.
    counts[OFFSET + binOf(9)] = 4;
    expect(isExceeded(counts, OFFSET, 5000, USUAL)).toBe(true);
    expect(isExceeded(counts, OFFSET, 5000, USUAL, 4)).toBe(false);
  });
});

describe('fitShapes', () => {
  it('adds the shapes of rare disturbances only where the usual course does not explain them', () => {
    expect(fitShapes(counted(20_000, exponential), OFFSET, 20_000)).toHaveLength(1);
    const disturbed = counted(20_000, normal);
    for (const magnitude of [20, 30, 40, 50, 60, 70, 80]) {
      const at = OFFSET + binOf(magnitude);
      disturbed[at] = disturbed[at]! + 5;
    }
    const shapes = fitShapes(disturbed, OFFSET, 20_035);
    expect(shapes.length).toBeGreaterThan(1);
    expect(farthest(1e-4, shapes)).toBeGreaterThan(60);
  });
});
