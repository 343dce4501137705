import type { AlertState } from './alert.js';
import type { PlanFlapping } from './policies/plan.js';

/** The openings that are kept when an alert opens now. */
export function openingsWith(
  state: AlertState,
  flapping: PlanFlapping,
  now: number,
): readonly number[] {
  return [...openingsWithin(state, flapping.windowMillis, now), now].slice(-flapping.count);
}

/** The openings after `now - windowMillis`; those ahead of now, left by a clock that went back, count as now. */
function openingsWithin(state: AlertState, windowMillis: number, now: number): number[] {
  return state.openings
    .map((time) => Math.min(time, now))
    .filter((time) => time > now - windowMillis);
}

/** Whether an alert opens so often that its policy calls it flapping. */
export function isFlapping(state: AlertState, now: number): boolean {
  const { flapping } = state.plan;
  if (flapping === null || state.openings.length < flapping.count) return false;
  return openingsWithin(state, flapping.windowMillis, now).length >= flapping.count;
}
