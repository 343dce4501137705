import assert from 'node:assert/strict';
import { hour, testPlan, testRaise } from './commands.js';
import { VirtualClock } from './virtual-clock.js';
import { severities, type AlertState } from '../alert.js';
import { MemoryStore } from '../memory/memory-store.js';
import type { Plan } from '../policies/plan.js';
import type { AlertStore } from '../store.js';

/** A small seeded generator (mulberry32): the same seed, the same history. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const minute = 60_000;

/** Everything of a state that does not depend on the millisecond. */
function timeless(state: AlertState | null): unknown {
  if (state === null) return null;
  return {
    ...state,
    startsAt: 0,
    lastOccurrenceAt: 0,
    firedAt: 0,
    recent: state.recent.length,
    openings: state.openings.length,
    reminder: state.reminder === null ? null : { ...state.reminder, at: 0 },
    clearAt: state.clearAt !== null,
    acknowledgedAt: state.acknowledgedAt !== null,
    resolvedAt: state.resolvedAt !== null,
  };
}

/** The plans that random histories use: recurrence twice, steps by time with reminders. */
function plans(): readonly Plan[] {
  const step = { severity: null, type: null, channels: ['second'], reminder: null };
  const recurrence = [
    { ...step, name: 'r2', level: 2, count: 3, windowMillis: hour, type: 'worse' },
    { ...step, name: 'r3', level: 4, count: 5, windowMillis: 3 * hour, severity: 'critical' },
  ] as const;
  const timed = [
    { ...step, name: 't2', level: 2, afterMillis: 20 * minute },
    {
      ...step,
      name: 't3',
      level: 3,
      afterMillis: 50 * minute,
      reminder: { everyMillis: 10 * minute, max: 2 },
    },
  ];
  const keep = { keepOccurrences: 5, keepWindowMillis: 3 * hour };
  const reminder = { everyMillis: 7 * minute, max: null };
  const flapping = { count: 2, windowMillis: 3 * hour, minClearMillis: 40 * minute };
  return [
    testPlan({ ...keep, policy: 'p1', recurrence, timed, reminder, expireAfterMillis: 2 * hour }),
    testPlan({ ...keep, policy: 'p2', recurrence, timed, occurrence: 'episode', flapping }),
    testPlan({ ...keep, policy: 'p3', channels: ['second'], timed, minClearMillis: 0, flapping }),
  ];
}

/**
 * Does the same random things to a store and to the store in memory, and compares state and history
 * after each. Every timer is whole minutes and every sleep 700 ms more, at most 60 of them: nothing is
 * due within 700 ms of a step, so that the real time that a shared store takes makes no difference.
 */
export async function agreesWithMemory(
  store: AlertStore,
  sleep: (millis: number) => Promise<void>,
  seed: number,
): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(from: readonly [T, ...(readonly T[])]): T =>
    from[Math.floor(random() * from.length)] ?? from[0];
  const clock = new VirtualClock();
  const memory = new MemoryStore({ clock });
  const both: readonly AlertStore[] = [store, memory];
  const choices = plans() as [Plan, ...Plan[]];
  const key = `agreement-${seed}`;
  for (let step = 0; step < 60; step += 1) {
    const chance = random();
    let did: string;
    if (chance < 0.4) {
      const severity = pick(severities as ['low', 'medium', 'high']);
      const occurrenceId = random() < 0.3 ? `o${Math.floor(random() * 5)}` : null;
      const command = testRaise(key, { severity, plan: pick(choices), occurrenceId });
      did = `raise ${severity} ${command.plan.policy} ${occurrenceId ?? ''}`;
      const [ours, theirs] = await Promise.all(both.map((each) => each.raise(command)));
      assert.deepEqual(
        [ours?.opened, ours?.escalated, ours?.duplicate, ours?.recent],
        [theirs?.opened, theirs?.escalated, theirs?.duplicate, theirs?.recent],
        `seed ${seed}, step ${step}: ${did}`,
      );
    } else if (chance < 0.6) {
      const action = pick(['acknowledge', 'clear', 'resolve', 'clear'] as const);
      did = action;
      for (const each of both) await each.change(key, { action, cause: { kind: 'user' } });
    } else {
      const millis = Math.floor(random() * random() * 150 + 1) * minute + 700;
      did = `sleep ${millis}`;
      await sleep(millis);
      clock.jump(millis);
      for (const each of both) await each.advance(100);
    }
    const [ours, theirs] = await Promise.all(both.map((each) => each.get(key)));
    const where = `seed ${seed}, step ${step}: ${did}`;
    assert.deepEqual(timeless(ours ?? null), timeless(theirs ?? null), where);
  }
  const query = { limit: 1000, cursor: null };
  const [ours, theirs] = await Promise.all(both.map((each) => each.history(key, query)));
  const lines = (page: typeof ours): unknown =>
    page?.items.map(({ event, cause, status, severity, escalationLevel, episode }) => [
      event,
      cause.kind,
      status,
      severity,
      escalationLevel,
      episode,
    ]);
  assert.deepEqual(lines(ours), lines(theirs), `seed ${seed}: history`);
}
