import { describe, expect, it } from 'vitest';

import { DAY_MILLIS, hourOf, Season, WEEK_MILLIS } from '../src/season.js';

const MONDAY = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const FIVE_MINUTES = 300_000;

/** A season that has lived through so many days of a metric, in windows of five minutes. */
function learnt(days: number, value: (at: number) => number, from = MONDAY): Season {
  const season = new Season(1);
  for (let at = from; at < from + days * DAY_MILLIS; at += FIVE_MINUTES)
    season.learn(0, at, value(at), 12);
  return season;
}

describe('hourOf', () => {
  it('counts hours of the day from midnight and hours of the week from Monday, in UTC', () => {
    expect(hourOf(MONDAY, 24)).toBe(0);
    expect(hourOf(MONDAY, 168)).toBe(0);
    expect(hourOf(MONDAY - HOUR, 168)).toBe(167);
    expect(hourOf(MONDAY + 5.5 * HOUR, 24)).toBeCloseTo(5.5);
    expect(hourOf(MONDAY + 3 * DAY_MILLIS + HOUR, 168)).toBeCloseTo(73);
  });

  it('holds for times before 1970', () => {
    expect(hourOf(-HOUR, 24)).toBe(23);
    expect(hourOf(-4 * WEEK_MILLIS + 4 * DAY_MILLIS, 168)).toBe(0);
  });
});

describe('Season', () => {
  it('expects nothing before it has seen anything, and what the hour before was next to an hour not seen', () => {
    const season = new Season(1);
    expect(season.expected(1, 0, MONDAY)).toBeUndefined();
    for (let at = MONDAY; at < MONDAY + HOUR; at += FIVE_MINUTES) season.learn(0, at, 7, 12);
    expect(season.expected(1, 0, MONDAY + 1.2 * HOUR)).toBe(7);
    expect(season.expected(1, 0, MONDAY + 1.8 * HOUR)).toBeUndefined();
    expect(season.expected(2, 0, MONDAY + DAY_MILLIS)).toBeUndefined();
  });

  it('follows a smooth day within an hour, too', () => {
    const day = (at: number): number => Math.cos((2 * Math.PI * hourOf(at, 24)) / 24);
    const season = learnt(5, day);
    for (let hour = 0; hour < 24; hour += 0.25) {
      const at = MONDAY + 6 * DAY_MILLIS + hour * HOUR;
      expect(Math.abs(season.expected(1, 0, at)! - day(at))).toBeLessThan(0.03);
    }
  });

  it('keeps a step between two hours a step: no slope leads up to it', () => {
    const step = (at: number): number => (hourOf(at, 24) < 8 ? 0 : 1);
    const season = learnt(4, step);
    const at = (hour: number): number => MONDAY + 5 * DAY_MILLIS + hour * HOUR;
    for (const hour of [7.05, 7.5, 7.95]) expect(season.expected(1, 0, at(hour))).toBe(0);
    for (const hour of [8.05, 8.5, 8.95]) expect(season.expected(1, 0, at(hour))).toBe(1);
  });

  it('tells the days of a week apart after a second week, by less than the hours of one', () => {
    const weekend = (at: number): number =>
      Math.cos((2 * Math.PI * hourOf(at, 24)) / 24) - (hourOf(at, 168) >= 120 ? 2 : 0);
    const season = learnt(28, weekend);
    const saturday = MONDAY + 5 * DAY_MILLIS + 12.5 * HOUR;
    const tuesday = MONDAY + DAY_MILLIS + 12.5 * HOUR;
    for (const profile of [2, 3] as const) {
      const apart = season.expected(profile, 0, tuesday)! - season.expected(profile, 0, saturday)!;
      expect(apart).toBeGreaterThan(1.8);
      expect(apart).toBeLessThan(2.2);
    }
    // The day alone does not know of weekends.
    expect(season.expected(1, 0, tuesday)).toBe(season.expected(1, 0, saturday));
  });

  it('forgets: a day that has changed is as the last two weeks were', () => {
    const season = learnt(60, (at) => (at < MONDAY + 30 * DAY_MILLIS ? 10 : 20));
    expect(season.expected(1, 0, MONDAY + 61 * DAY_MILLIS)).toBeGreaterThan(18);
  });

  it('keeps metrics apart, and nothing once it is cleared', () => {
    const season = new Season(2);
    season.learn(1, MONDAY, 5, 12);
    expect(season.expected(1, 0, MONDAY)).toBeUndefined();
    expect(season.expected(1, 1, MONDAY)).toBe(5);
    season.clear();
    expect(season.expected(1, 1, MONDAY)).toBeUndefined();
  });
});
