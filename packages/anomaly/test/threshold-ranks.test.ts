import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MOST_THRESHOLDS, ThresholdRanks } from '../src/threshold-ranks.js';

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE),
  fc.integer({ min: -3, max: 3 }),
);
const numbers = fc.array(number, { minLength: 1, maxLength: 40 });

describe('ThresholdRanks', () => {
  it('orders values among thresholds exactly as the numbers themselves do', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 3 }), numbers, (columns, others) => {
        const ranks = ThresholdRanks.of(columns.map((column) => Float64Array.from(column)))!;
        const keys = new Int32Array(columns.length);
        columns.forEach((thresholds, column) => {
          for (const value of [...others, ...thresholds]) {
            ranks.locate(columns.map((_, at) => (at === column ? value : 0)), keys); // prettier-ignore
            for (const threshold of thresholds) {
              const key = ranks.key(column, threshold);
              expect(key >>> 16).toBe(column);
              expect(key < keys[column]!).toBe(!(value < threshold));
            }
          }
        });
      }),
    );
  });

  it('finds values among many thresholds, nearly all of them in one bucket', () => {
    const thresholds = Float64Array.from({ length: 5000 }, (_, at) => at);
    thresholds[4999] = 1e12;
    const ranks = ThresholdRanks.of([thresholds])!;
    const keys = new Int32Array(1);
    for (const value of [-1, 0, 0.5, 17, 4998.5, 5e11, 1e12, 2e12]) {
      ranks.locate([value], keys);
      expect(keys[0]).toBe(thresholds.filter((threshold) => threshold <= value).length);
    }
  });

  it('declines more distinct thresholds than a rank has room for, and counts equal ones once', () => {
    const many = Float64Array.from({ length: MOST_THRESHOLDS + 1 }, (_, at) => at);
    expect(ThresholdRanks.of([many])).toBeUndefined();
    expect(ThresholdRanks.of([many.fill(3, 1000)])).toBeDefined();
  });
});
