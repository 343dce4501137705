import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../src/index.js';
import { VirtualClock } from '../src/testing.js';
import { testClaim, testPlan, testRaise } from '../src/testing/commands.js';

const window = 3_600_000;

/** What the issue says, told over all times at once: no pruning, no flags, no bounded array. */
function escalations(times: readonly number[], count: number): boolean[] {
  let last = -1;
  return times.map((now, index) => {
    const quietUntil = times.slice(0, index).findLastIndex((time) => time > now - window);
    // A whole window of quiet before this one arms it again.
    if (quietUntil < 0) last = -1;
    const inWindow = times.slice(0, index + 1).filter((time) => time > now - window).length;
    if (last >= 0 || inWindow < count) return false;
    last = index;
    return true;
  });
}

const gaps = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: window / 2 }),
    fc.constantFrom(0, 1, window - 1, window, window + 1, window / 2),
  ),
  { minLength: 1, maxLength: 40 },
);

describe('recurrence', () => {
  it('escalates when the window model says so, for any times and counts', async () => {
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 6 }), async (between, count) => {
        const clock = new VirtualClock();
        const store = new MemoryStore({ clock });
        const [step] = testPlan().recurrence;
        const plan = testPlan({ recurrence: [{ ...step!, count }], keepOccurrences: count });
        const times: number[] = [];
        const seen: boolean[] = [];
        for (const gap of between) {
          clock.jump(gap);
          times.push(clock.now());
          seen.push((await store.raise(testRaise('a', { plan }))).escalated);
          const inWindow = times.filter((time) => time > clock.now() - window).length;
          expect(await store.occurrences('a', window)).toBe(Math.min(inWindow, count));
        }
        expect(seen).toEqual(escalations(times, count));
      }),
      { numRuns: 300 },
    );
  });

  it('escalates at the count-th opening within the window when episodes are what occurs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: window }), fc.boolean()), { maxLength: 40 }),
        async (steps) => {
          const clock = new VirtualClock();
          const store = new MemoryStore({ clock });
          const plan = testPlan({ occurrence: 'episode' });
          const openings: number[] = [];
          let firing = false;
          for (const [gap, raises] of steps) {
            clock.jump(gap);
            if (!raises) {
              await store.change('a', { action: 'resolve', cause: { kind: 'user' } });
              firing = false;
              continue;
            }
            const { escalated, opened } = await store.raise(testRaise('a', { plan }));
            expect(opened).toBe(!firing);
            if (!firing) openings.push(clock.now());
            const recent = openings.filter((time) => time > clock.now() - window);
            expect(escalated).toBe(!firing && recent.length >= 3);
            firing = true;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never takes an occurrence for older than it is when the clock jumps about', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -3 * window, max: 600_000 }), { minLength: 3, maxLength: 30 }),
        async (jumps) => {
          const clock = new VirtualClock();
          const store = new MemoryStore({ clock });
          // Time that really passed: a clock that is set back has passed no time.
          let passed = 0;
          const times: number[] = [];
          for (const jump of jumps) {
            clock.jump(jump);
            if (jump < 0 && jump > -1000) return;
            passed += Math.max(0, jump);
            times.push(passed);
            await store.raise(testRaise('a'));
            const real = times.filter((time) => time > passed - window).length;
            expect(await store.occurrences('a', window)).toBe(Math.min(3, real));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('any history', () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('raise' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('acknowledge' as const, 'clear' as const, 'resolve' as const),
    },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 * window }) },
  );

  it('never escalates or reminds after an acknowledgement, and each episode begins and ends once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const clock = new VirtualClock();
        const store = new MemoryStore({ clock, maxHistoryPerAlert: 1000 });
        const [step] = testPlan().recurrence;
        const plan = testPlan({
          reminder: { everyMillis: 600_000, max: null },
          timed: [{ ...step!, name: 't', level: 3, afterMillis: 1_800_000 }],
          expireAfterMillis: 2 * window,
        });
        for (const what of actions) {
          if (what === 'raise') await store.raise(testRaise('a', { plan }));
          else if (typeof what === 'number') clock.jump(what);
          else await store.change('a', { action: what, cause: { kind: 'user' } });
          await store.advance(10);
        }
        const { items } = await store.history('a', { limit: 1000, cursor: null });
        const episodes = new Map<number, string[]>();
        for (const { episode, event } of items.toReversed()) {
          episodes.set(episode, [...(episodes.get(episode) ?? []), event]);
        }
        for (const [episode, events] of episodes) {
          expect(events[0]).toBe('firing');
          expect(events.filter((event) => event === 'firing')).toHaveLength(1);
          const acknowledged = events.indexOf('acknowledged');
          if (acknowledged >= 0) {
            const after = events.slice(acknowledged + 1);
            expect(after.filter((event) => !['clearing', 'resolved'].includes(event))).toEqual([]);
          }
          const resolved = events.indexOf('resolved');
          if (episode < episodes.size) expect(resolved).toBe(events.length - 1);
        }
        // Every transition that tells somebody is in the outbox, in order.
        const state = await store.get('a');
        const told: string[] = [];
        for (;;) {
          const { deliveries } = await store.claim(testClaim('first'));
          if (deliveries.length === 0) break;
          for (const { id, lease, notifications } of deliveries) {
            told.push(...notifications.map(({ kind }) => kind));
            const outcome = { kind: 'delivered' } as const;
            const cause = { kind: 'delivery' } as const;
            await store.settle({
              id,
              lease,
              outcome,
              cause,
              durationMillis: 0,
              pauseChannelMillis: 0,
            });
          }
        }
        const openings = items.filter(({ event }) => event === 'firing').length;
        const ends = items.filter(({ event }) => event === 'resolved').length;
        expect(told.filter((kind) => kind === 'initial')).toHaveLength(openings);
        expect(told.filter((kind) => kind === 'resolved')).toHaveLength(ends);
        expect(state?.episode ?? 0).toBe(openings);
      }),
      { numRuns: 150 },
    );
  });
});
