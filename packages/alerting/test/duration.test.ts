import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMillis, formatDuration } from '../src/duration.js';

describe('a duration', () => {
  it.each([
    [0, 0],
    [1500, 1500],
    ['250ms', 250],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
  ])('of %j is %d milliseconds', (value, millis) => {
    expect(durationMillis('x', value)).toBe(millis);
  });

  it.each(['', 's', '5', '5 m', '5y', '1h30', NaN, Infinity, 0.5, null, undefined, {}, '1e3s'])(
    'cannot be %j',
    (value) => {
      expect(() => durationMillis('a.b', value)).toThrow(/^a\.b: must be a duration/);
    },
  );

  it('is written for people so that reading it gives it back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (value) => {
        const seconds = value < 1000 ? value : Math.floor(value / 1000) * 1000;
        expect(durationMillis('x', formatDuration(seconds))).toBe(seconds);
      }),
    );
    expect(formatDuration(5_400_000)).toBe('1h30m');
    expect(formatDuration(250)).toBe('250ms');
  });
});
