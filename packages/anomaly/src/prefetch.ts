import type { MonitoredModel } from './monitored-model.js';
import { dayOf, hourOf } from './season.js';

/** Numbers in a line of a processor's cache. */
const LINE = 8;

/**
 * Reads a number of each cache line that a window of a model will need. Among thousands of models none is in the cache
 * when its turn comes, and lines that are asked for one by one, each by what came out of the one before, cost as much as
 * all else together; these here the processor fetches side by side. The sum means nothing: it keeps the reads alive.
 */
export function prefetch({ learner, flatLines, clock, run }: MonitoredModel, at: number): number {
  const { normal, drift } = learner;
  const { state, season, calls, noise, width } = normal;
  let sum = clock.state.cadence + learner.state.block.windows;
  sum += first(flatLines.last) + first(flatLines.repeats) + first(flatLines.share);
  sum += first(state.anchor) + first(state.least) + first(state.mean) + first(state.variance);
  sum += first(state.sinceAdopted) + first(noise.state.seen) + first(drift.noise.state.seen);
  sum += first(drift.state.seen) + first(drift.state.trend) + first(calls.state.logs);
  for (const { offset } of state.transforms) sum += offset;
  if (!Number.isNaN(at)) {
    const [day, week] = [Math.floor(hourOf(at, 24)), 24 + Math.floor(hourOf(at, 168))];
    const row = 2 * width;
    sum += lines(season.hours, (day - 1) * row, (day + 2) * row);
    sum += lines(season.hours, (week - 1) * row, (week + 2) * row);
    sum += lines(season.days, dayOf(at) * row, (dayOf(at) + 1) * row);
    sum += lines(state.hourly, day * row, (day + 1) * row);
  }
  sum += lines(learner.hot);
  for (const row of run) sum += lines(row);
  return sum;
}

function first(numbers: Float64Array): number {
  return numbers[0] as number;
}

function lines(numbers: Float64Array, from = 0, to = numbers.length): number {
  let sum = 0;
  const end = Math.min(to, numbers.length);
  for (let at = Math.max(0, from); at < end; at += LINE) sum += numbers[at] as number;
  return sum;
}
