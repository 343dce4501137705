import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PassedThresholds } from '../src/passed-thresholds.js';

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE),
  fc.integer({ min: -3, max: 3 }),
);
const numbers = fc.array(number, { minLength: 1, maxLength: 40 });

describe('PassedThresholds', () => {
  it('marks exactly those thresholds that the values of a row are not below, row after row', () => {
    fc.assert(
      fc.property(
        fc.array(numbers, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 20 }),
        (columns, rows) => {
          const passed = new PassedThresholds(columns.map((column) => Float64Array.from(column)));
          for (const row of [...rows, ...columns[0]!.map((at) => [at, at, at])]) {
            passed.mark(row);
            columns.forEach((thresholds, column) => {
              for (const threshold of thresholds) {
                const mark = passed.marks[passed.indexOf(column, threshold)];
                expect(mark).toBe(row[column]! < threshold ? 0 : 1);
              }
            });
          }
        },
      ),
    );
  });

  it('finds values among many thresholds, nearly all of them in one bucket', () => {
    const thresholds = Float64Array.from({ length: 5000 }, (_, at) => at);
    thresholds[4999] = 1e12;
    const passed = new PassedThresholds([thresholds]);
    for (const value of [17, -1, 4998.5, 2e12, 0, 0.5, 5e11, 1e12]) {
      passed.mark([value]);
      expect(passed.marks.filter((mark) => mark === 1)).toHaveLength(
        thresholds.filter((threshold) => threshold <= value).length,
      );
    }
  });

  it('counts equal thresholds once, and takes columns without any', () => {
    const passed = new PassedThresholds([new Float64Array(0), Float64Array.of(3, 3, 0, -0)]);
    expect(passed.marks).toHaveLength(2);
    passed.mark([7, 1]);
    expect([...passed.marks]).toEqual([1, 0]);
  });
});
