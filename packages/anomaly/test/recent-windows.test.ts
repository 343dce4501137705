import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RecentWindows } from '../src/recent-windows.js';

const kept = (windows: RecentWindows) =>
  Array.from({ length: windows.length }, (_, rank) => [...windows.row(rank), windows.time(rank)]);

describe('RecentWindows', () => {
  it('keeps the newest windows with their times, oldest first, across chunks and over its capacity', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 450 }),
        (width, capacity, count) => {
          const windows = new RecentWindows(width, capacity);
          const all = Array.from({ length: count }, (_, at) =>
            Array.from({ length: width + 1 }, (_, column) => 1000 * at + column),
          );
          for (const row of all) windows.push(row.slice(0, -1), row.at(-1)!);
          expect(kept(windows)).toEqual(all.slice(-capacity));
          expect(windows.isFull).toBe(count >= capacity);
          for (let column = 0; column < width; column += 1) {
            const values = all.slice(-capacity).map((row) => row[column]);
            expect([...windows.column(column)]).toEqual(values);
            if (windows.length > 0) expect(windows.value(0, column)).toBe(values[0]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same when it is made of what was saved, and goes on alike', () => {
    const windows = new RecentWindows(2, 100);
    for (let at = 0; at < 130; at += 1) windows.push([at, -at], at % 7 === 0 ? Number.NaN : at);
    const same = RecentWindows.of(2, 100, windows.flat());
    windows.push([7, 8], 9);
    same.push([7, 8], 9);
    expect(kept(same)).toEqual(kept(windows));
  });

  it('takes the newest of what was saved where that is more than it keeps', () => {
    const flat = { values: Float64Array.of(1, 2, 3), times: Float64Array.of(10, 20, 30) };
    expect(kept(RecentWindows.of(1, 2, flat))).toEqual([[2, 20], [3, 30]]); // prettier-ignore
  });
});
