import { expect, it } from 'vitest';

import { gainOf } from '../src/half-life.js';

/** Windows after which a level that follows with this gain has gone half the way. */
const halfWay = (gain: number): number => Math.log(0.5) / Math.log(1 - gain);

it('is that of six hours, of one hour while young, and never of fewer than 24 windows, or 12', () => {
  const minutes = (cadence: number, young: boolean): number => halfWay(gainOf(cadence * 60_000, young)); // prettier-ignore
  for (let round = 0; round < 2; round += 1) {
    expect(minutes(5, false)).toBeCloseTo(72, 6);
    expect(minutes(1, false)).toBeCloseTo(360, 6);
    expect(minutes(1, true)).toBeCloseTo(60, 6);
    expect(minutes(60, false)).toBeCloseTo(24, 6);
    expect(minutes(60, true)).toBeCloseTo(12, 6);
  }
});
