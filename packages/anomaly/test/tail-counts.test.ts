import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BINS, binOf, edgeOf, TailCounts, TailSums } from '../src/tail-counts.js';

const value = fc.oneof(
  fc.double({ noNaN: true, min: -30, max: 30 }),
  fc.constantFrom(0, -0, 4, -4),
);

describe('TailCounts', () => {
  it('counts a signed value on its side, in the bin that holds it, and towards both totals', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), (values) => {
        const tails = new TailCounts(4);
        const sums = new TailSums(4);
        for (const one of values) tails.addSigned(2, one, sums);
        expect([...tails.totals]).toEqual([0, 0, values.length, values.length]);
        for (const [series, side] of [
          [2, 1],
          [3, -1],
        ] as const) {
          for (let bin = 0; bin < BINS; bin += 1) {
            const held = values.filter((one) => side * one >= edgeOf(bin) && side * one < edgeOf(bin + 1)); // prettier-ignore
            const counted = tails.counts[series * BINS + bin]!;
            // An edge beyond 4 may fall to either of its bins.
            const nearby = values.filter((one) => Math.abs(side * one - edgeOf(bin)) < 1e-9 || Math.abs(side * one - edgeOf(bin + 1)) < 1e-9); // prettier-ignore
            expect(Math.abs(counted - held.length)).toBeLessThanOrEqual(nearby.length);
          }
        }
        expect([...sums.counts]).toEqual([...tails.counts]);
        expect([...sums.totals]).toEqual([...tails.totals]);
      }),
    );
  });

  it('does the same as counting both sides by themselves, also where it halves what it has', () => {
    const at = (index: number): number => ((index * 7919) % 2001) / 100 - 10;
    const [one, two] = [new TailCounts(2), new TailCounts(2)];
    const [sums, others] = [new TailSums(2), new TailSums(2)];
    for (let index = 0; index < 90_000; index += 1) {
      const size = at(index);
      one.addSigned(0, size, sums);
      two.add(0, size >= 0 ? size : -1, others);
      two.add(1, size <= 0 ? -size : -1, others);
    }
    expect(one.counts).toEqual(two.counts);
    expect(one.totals).toEqual(two.totals);
    expect(one.totals[0]).toBeLessThan(40_000);
    expect(sums).toEqual(others);
  });

  it('takes out of the sums what it brought', () => {
    const tails = new TailCounts(2);
    const sums = new TailSums(2);
    [1, -2, 0, 17].forEach((size) => tails.addSigned(0, size));
    tails.join(sums);
    expect([...sums.totals]).toEqual([4, 4]);
    expect(sums.counts[binOf(17)]).toBe(1);
    tails.leave(sums);
    expect([...sums.totals]).toEqual([0, 0]);
    expect(sums.counts.every((count) => count === 0)).toBe(true);
  });

  it('knows its largest magnitudes, quantiles within bins, and windows beyond a magnitude, also after it was saved', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
        const counting = new TailCounts(4);
        for (const one of values) counting.addSigned(2, one);
        const restored = new TailCounts(4, counting.counts.slice(), counting.totals.slice());
        const upwards = values.filter((one) => one >= 0).map((one) => edgeOf(binOf(one)));
        for (const tails of [counting, restored]) {
          expect(tails.largest(0)).toBe(0);
          const most = Math.max(...upwards);
          expect(tails.largest(2)).toBe(upwards.length > 0 ? edgeOf(binOf(most) + 1) : 0);
          for (const magnitude of [0, 1, 4, 29]) {
            const beyond = upwards.filter((edge) => edge >= magnitude);
            expect(tails.beyond(2, magnitude)).toBe(beyond.length);
          }
          expect(tails.quantile(2, 0)).toBe(tails.largest(2));
        }
      }),
    );
  });

  it('interpolates a quantile within its bin', () => {
    const tails = new TailCounts(1);
    for (let index = 0; index < 20_000; index += 1) tails.add(0, -Math.log((index + 0.5) / 20_000));
    expect(tails.quantile(0, 0.5)).toBeCloseTo(Math.log(2), 1);
    expect(tails.quantile(0, 0.01)).toBeCloseTo(Math.log(100), 0);
  });

  it('forgets a series, its largest magnitude with it', () => {
    const tails = new TailCounts(2);
    [1, 17].forEach((size) => tails.addSigned(0, size));
    tails.forget(0);
    expect([tails.largest(0), tails.beyond(0, 0)]).toEqual([0, 0]);
    tails.addSigned(0, 2);
    expect(tails.largest(0)).toBe(edgeOf(binOf(2) + 1));
  });
});

describe('binOf', () => {
  it('grows with the magnitude, within edges that do, up to the last bin', () => {
    for (let bin = 0; bin < BINS; bin += 1) {
      expect(binOf((edgeOf(bin) + edgeOf(bin + 1)) / 2)).toBe(bin);
      expect(edgeOf(bin + 1)).toBeGreaterThan(edgeOf(bin));
    }
    expect(binOf(0)).toBe(0);
    expect(binOf(1e300)).toBe(BINS - 1);
  });
});
