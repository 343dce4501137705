import { describe, expect, it } from 'vitest';

import { blankState, hourlyIndex, type NormalState } from '../src/normal-state.js';
import { chooseProfiles } from '../src/profile-choice.js';
import { DAY_MILLIS } from '../src/season.js';

/** A metric watched for so many days, and the mean square that each profile left over. */
function seen(days: number, squares: readonly [number, number, number, number]): NormalState {
  const state = blankState(1);
  state.firstAt = 0;
  state.lastAt = days * DAY_MILLIS;
  state.square.set(squares);
  state.seen.fill(1000);
  return state;
}

describe('chooseProfiles', () => {
  it('takes none before three days, the day from then on, and the week from two weeks on', () => {
    const choose = (days: number): number => {
      const state = seen(days, [1, 0.5, 0.6, 0.1]);
      chooseProfiles(state);
      return state.profile[0]!;
    };
    expect([2.9, 3, 13, 14].map(choose)).toEqual([0, 1, 1, 3]);
  });

  it('tells which metrics changed, and forgets how much these deviate in which hours', () => {
    const state = seen(5, [1, 0.5, 1, 1]);
    state.hourly.fill(7);
    expect(chooseProfiles(state)).toEqual([0]);
    expect(state.hourly[hourlyIndex(1, 0, 13) + 1]).toBe(0);
    expect(chooseProfiles(state)).toEqual([]);
    expect(state.longestProfile).toBe(1);
  });

  it('asks much of the hour of the week while it was seen twice or thrice only', () => {
    const choose = (days: number, square: number): number => {
      const state = seen(days, [1, 1, square, 1]);
      chooseProfiles(state);
      return state.profile[0]!;
    };
    expect([choose(20, 0.6), choose(20, 0.4), choose(29, 0.6)]).toEqual([0, 2, 2]);
  });

  it('keeps the one in use until another is clearly better', () => {
    const state = seen(30, [1, 0.5, 1, 1]);
    chooseProfiles(state);
    state.square[1] = 1.04;
    expect(chooseProfiles(state)).toEqual([]);
    state.square[1] = 1.06;
    expect(chooseProfiles(state)).toEqual([0]);
    expect(state.profile[0]).toBe(0);
  });
});
