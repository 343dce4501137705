import type { AlertState } from './alert.js';
import type { RecurrenceStep } from './policies/plan.js';

const none: readonly never[] = [];

/** Arms again what was quiet for its whole window, then adds this occurrence. */
export function countOccurrence(state: AlertState, now: number): void {
  const { recurrence, keepOccurrences, keepWindowMillis } = state.plan;
  if (state.recent.length === 0) {
    state.recent = [now];
    state.reached = none;
    return;
  }
  // A clock that went back leaves times ahead of now: they count as now and age from here.
  const recent = state.recent
    .map((time) => Math.min(time, now))
    .filter((time) => time > now - keepWindowMillis);
  if (state.reached.length > 0) {
    const latest = recent.at(-1);
    state.reached = state.reached.filter((index) => {
      const step = recurrence[index];
      return step !== undefined && latest !== undefined && latest > now - step.windowMillis;
    });
  }
  recent.push(now);
  state.recent = recent.length > keepOccurrences ? recent.slice(-keepOccurrences) : recent;
}

/** The armed steps whose count is reached; they are reached from now on. */
export function reachRecurrence(state: AlertState, now: number): readonly RecurrenceStep[] {
  if (state.plan.recurrence.length === 0) return none;
  const reached = state.plan.recurrence.filter(
    (step, index) =>
      !state.reached.includes(index) &&
      occurrencesWithin(state, step.windowMillis, now) >= step.count,
  );
  if (reached.length > 0) {
    const indexes = reached.map((step) => state.plan.recurrence.indexOf(step));
    state.reached = [...state.reached, ...indexes];
  }
  return reached;
}

/** How many occurrences lie after `now - windowMillis`; one exactly that old no longer counts. */
export function occurrencesWithin(state: AlertState, windowMillis: number, now: number): number {
  let count = 0;
  for (const time of state.recent) if (Math.min(time, now) > now - windowMillis) count += 1;
  return count;
}
