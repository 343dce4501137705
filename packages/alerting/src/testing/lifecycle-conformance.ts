import assert from 'node:assert/strict';
import { hour, testClaim, testPlan, testRaise } from './commands.js';
import type { ConformanceCase, StoreHarness } from './store-conformance.js';
import type { AlertStore, RaiseCommand } from '../store.js';
import type { TimedStep } from '../policies/plan.js';

const minute = 60_000;

function replica({ replicas }: StoreHarness, index: number): AlertStore {
  return replicas[index % replicas.length] ?? replicas[0];
}

/** Kinds of all notifications pending on a channel, in order of claiming. */
async function kinds(store: AlertStore, channel: string): Promise<string[]> {
  const claimed: string[] = [];
  for (;;) {
    const { deliveries } = await store.claim(testClaim(channel));
    if (deliveries.length === 0) return claimed;
    for (const { id, lease, notifications } of deliveries) {
      claimed.push(...notifications.map(({ kind }) => kind));
      const outcome = { kind: 'delivered' } as const;
      const cause = { kind: 'delivery' } as const;
      await store.settle({ id, lease, outcome, cause, durationMillis: 1, pauseChannelMillis: 0 });
    }
  }
}

async function events(store: AlertStore, id: string): Promise<string[]> {
  const { items } = await store.history(id, { limit: 1000, cursor: null });
  return items.map(({ event }) => event).reverse();
}

function timed(name: string, afterMillis: number, changes: Partial<TimedStep> = {}): TimedStep {
  return {
    name,
    level: 2,
    severity: null,
    type: null,
    channels: ['second'],
    reminder: null,
    afterMillis,
    ...changes,
  };
}

const user = { kind: 'user', by: 'ann' } as const;

/** Raising, escalating, acknowledging, resolving, and time. */
export const lifecycleConformance: readonly ConformanceCase[] = [
  {
    title: 'the first raise opens an episode and enqueues the initial notification',
    run: async ({ replicas: [store] }) => {
      const outcome = await store.raise(testRaise('a', { annotations: { summary: 'it broke' } }));
      assert.equal(outcome.opened, true);
      assert.equal(outcome.escalated, false);
      assert.deepEqual(outcome.channels, ['first']);
      assert.equal(outcome.alert.status, 'firing');
      assert.equal(outcome.alert.escalationLevel, 1);
      assert.equal(outcome.alert.episode, 1);
      assert.deepEqual(await kinds(store, 'first'), ['initial']);
      assert.deepEqual(await events(store, 'a'), ['firing', 'delivered']);
      assert.deepEqual((await store.get('a'))?.annotations, { summary: 'it broke' });
    },
  },
  {
    title: 'a raise of a firing alert is counted and notifies nobody again',
    run: async ({ replicas: [store] }) => {
      await store.raise(testRaise('a'));
      const again = await store.raise(testRaise('a'));
      assert.equal(again.opened, false);
      assert.equal(again.recent, 2);
      assert.deepEqual(again.channels, []);
      assert.deepEqual(await kinds(store, 'first'), ['initial']);
    },
  },
  {
    title: 'the third occurrence escalates exactly once under concurrent raises from all replicas',
    run: async (harness) => {
      for (let round = 0; round < 10; round += 1) {
        const command = testRaise(`storm-${round}`);
        const outcomes = await Promise.all(
          Array.from({ length: 6 }, (_, index) => replica(harness, index).raise(command)),
        );
        assert.equal(outcomes.filter(({ opened }) => opened).length, 1);
        const escalated = outcomes.filter((outcome) => outcome.escalated);
        assert.equal(escalated.length, 1);
        assert.equal(escalated[0]?.alert.occurrences, 3);
        assert.equal(escalated[0].alert.escalationLevel, 2);
        assert.equal(escalated[0].alert.severity, 'critical');
      }
      const [store] = harness.replicas;
      assert.deepEqual(await kinds(store, 'first'), Array<string>(10).fill('initial'));
      assert.deepEqual(await kinds(store, 'second'), Array<string>(10).fill('escalated'));
    },
  },
  {
    title: 'an occurrence that has left the window no longer counts',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      await sleep(30 * minute);
      await store.raise(testRaise('a'));
      await sleep(30 * minute + 1000);
      const third = await store.raise(testRaise('a'));
      assert.equal(third.escalated, false);
      assert.equal(await store.occurrences('a', hour), 2);
      assert.equal((await store.raise(testRaise('a'))).escalated, true);
    },
  },
  {
    title: 'recurrence escalates once per episode, and again after a window of quiet',
    run: async ({ replicas: [store], sleep }) => {
      const raise = async (): Promise<boolean> => (await store.raise(testRaise('a'))).escalated;
      assert.deepEqual([await raise(), await raise(), await raise()], [false, false, true]);
      assert.deepEqual([await raise(), await raise()], [false, false]);
      await sleep(hour + 1000);
      assert.deepEqual([await raise(), await raise(), await raise()], [false, false, true]);
      assert.equal((await store.get('a'))?.episode, 1);
    },
  },
  {
    title: 'occurrences count over episodes, and an opening that escalates pages each channel once',
    run: async ({ replicas: [store] }) => {
      const [step] = testPlan().recurrence;
      assert.ok(step);
      const plan = testPlan({
        occurrence: 'episode',
        channels: ['first', 'second'],
        recurrence: [{ ...step, count: 2 }],
        notifyResolved: false,
      });
      await store.raise(testRaise('a', { plan }));
      await store.raise(testRaise('a', { plan }));
      assert.equal((await store.get('a'))?.escalationLevel, 1);
      await store.change('a', { action: 'resolve', cause: user });
      const reopened = await store.raise(testRaise('a', { plan }));
      assert.equal(reopened.opened, true);
      assert.equal(reopened.escalated, true);
      assert.equal(reopened.alert.episode, 2);
      assert.deepEqual(await kinds(store, 'first'), ['initial', 'initial']);
      assert.deepEqual(await kinds(store, 'second'), ['initial', 'escalated']);
    },
  },
  {
    title: 'a raise with a known occurrence id changes nothing',
    run: async (harness) => {
      const command: RaiseCommand = testRaise('a', { occurrenceId: 'x1' });
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, (_, index) => replica(harness, index).raise(command)),
      );
      assert.equal(outcomes.filter(({ duplicate }) => !duplicate).length, 1);
      assert.equal((await harness.replicas[0].get('a'))?.occurrences, 1);
    },
  },
  {
    title: 'a worse severity is taken over with its policy, a milder one is not',
    run: async ({ replicas: [store] }) => {
      await store.raise(testRaise('a'));
      const plan = testPlan({ policy: 'urgent', channels: ['second'] });
      await store.raise(testRaise('a', { severity: 'low', plan }));
      assert.equal((await store.get('a'))?.severity, 'medium');
      await store.raise(
        testRaise('a', {
          severity: 'high',
          plan: testPlan({ policy: 'urgent', channels: ['second'], recurrence: [] }),
        }),
      );
      const state = await store.get('a');
      assert.equal(state?.severity, 'high');
      assert.equal(state.plan.policy, 'urgent');
      assert.deepEqual(await kinds(store, 'first'), ['initial']);
      assert.deepEqual(await kinds(store, 'second'), ['worsened']);
    },
  },
  {
    title:
      'an escalation gives the type that the raiser named, and the episode keeps the worst severity',
    run: async ({ replicas: [store] }) => {
      const command = testRaise('a', { escalatedType: 'worse' });
      for (let raise = 0; raise < 3; raise += 1) await store.raise(command);
      const state = await store.get('a');
      assert.equal(state?.type, 'worse');
      assert.equal(state.severity, 'critical');
      assert.deepEqual(state.notified, ['first', 'second']);
    },
  },
  {
    title: 'steps by time fire once although all replicas advance at once',
    run: async (harness) => {
      const plan = testPlan({
        recurrence: [],
        timed: [timed('two', 10 * minute), timed('three', 20 * minute, { level: 3 })],
      });
      const [store] = harness.replicas;
      const { nextDueInMillis } = await store.raise(testRaise('a', { plan }));
      assert.ok(nextDueInMillis !== null && nextDueInMillis <= 10 * minute);
      await store.advance(10);
      assert.deepEqual(await kinds(store, 'second'), []);
      await harness.sleep(10 * minute + 1000);
      await Promise.all([0, 1, 2, 3].map((index) => replica(harness, index).advance(10)));
      assert.equal((await store.get('a'))?.escalationLevel, 2);
      await harness.sleep(10 * minute);
      await Promise.all([0, 1, 2, 3].map((index) => replica(harness, index).advance(10)));
      assert.equal((await store.get('a'))?.escalationLevel, 3);
      assert.deepEqual(await kinds(store, 'second'), ['escalated', 'escalated']);
    },
  },
  {
    title: 'all overdue steps happen at the next advance, an overdue reminder only once',
    run: async ({ replicas: [store], sleep }) => {
      const plan = testPlan({
        recurrence: [],
        reminder: { everyMillis: minute, max: null },
        timed: [
          timed('two', 10 * minute),
          timed('three', 20 * minute, { reminder: { everyMillis: minute, max: 2 } }),
        ],
      });
      await store.raise(testRaise('a', { plan }));
      await sleep(5 * minute);
      await store.advance(10);
      assert.deepEqual(await kinds(store, 'first'), ['initial', 'reminder']);
      await sleep(60 * minute);
      const { advanced } = await store.advance(10);
      assert.equal(advanced, 1);
      assert.deepEqual(await kinds(store, 'second'), ['escalated', 'escalated']);
      for (let round = 0; round < 4; round += 1) {
        await sleep(minute + 1000);
        await store.advance(10);
      }
      assert.deepEqual(await kinds(store, 'second'), ['reminder', 'reminder']);
    },
  },
  {
    title: 'an acknowledgement cancels every later step, reminder and recurrence',
    run: async (harness) => {
      const { replicas, sleep } = harness;
      const [store] = replicas;
      const plan = testPlan({
        reminder: { everyMillis: minute, max: null },
        timed: [timed('two', 10 * minute)],
      });
      await store.raise(testRaise('a', { plan }));
      const acknowledged = await Promise.all(
        [0, 1, 2].map((index) =>
          replica(harness, index).change('a', { action: 'acknowledge', cause: user }),
        ),
      );
      assert.equal(acknowledged.filter(({ changed }) => changed).length, 1);
      await sleep(20 * minute);
      await store.advance(10);
      for (let raise = 0; raise < 4; raise += 1) await store.raise(testRaise('a', { plan }));
      const state = await store.get('a');
      assert.equal(state?.status, 'acknowledged');
      assert.equal(state.acknowledgedBy, 'ann');
      assert.equal(state.escalationLevel, 1);
      assert.deepEqual(await kinds(store, 'first'), ['initial', 'acknowledged']);
      assert.deepEqual(await kinds(store, 'second'), []);
    },
  },
  {
    title: 'a change for another episode, an unknown alert or a resolved one changes nothing',
    run: async ({ replicas: [store] }) => {
      const change = { action: 'acknowledge', cause: user } as const;
      assert.equal((await store.change('nobody', change)).changed, false);
      await store.raise(testRaise('a'));
      assert.equal((await store.change('a', { ...change, episode: 2 })).changed, false);
      assert.equal((await store.change('a', { ...change, episode: 1 })).changed, true);
      assert.equal((await store.change('a', { action: 'resolve', cause: user })).changed, true);
      assert.equal((await store.change('a', { action: 'resolve', cause: user })).changed, false);
      assert.equal((await store.change('a', change)).changed, false);
    },
  },
  {
    title: 'an escalation by hand happens once among concurrent ones',
    run: async (harness) => {
      const [store] = harness.replicas;
      await store.raise(testRaise('a'));
      const [step] = testPlan().recurrence;
      assert.ok(step);
      const outcomes = await Promise.all(
        [0, 1, 2, 3].map((index) =>
          replica(harness, index).change('a', { action: 'escalate', step, cause: user }),
        ),
      );
      assert.equal(outcomes.filter(({ changed }) => changed).length, 1);
      assert.deepEqual(await kinds(store, 'second'), ['escalated']);
    },
  },
  {
    title: 'an alert resolves after its minimum clear time, unless it is raised meanwhile',
    run: async ({ replicas: [store], sleep }) => {
      const clear = { action: 'clear', cause: { kind: 'clear' } } as const;
      await store.raise(testRaise('a'));
      assert.equal((await store.change('a', clear)).changed, true);
      assert.equal((await store.change('a', clear)).changed, false);
      await sleep(4 * minute);
      await store.raise(testRaise('a'));
      await sleep(2 * minute);
      await store.advance(10);
      assert.equal((await store.get('a'))?.status, 'firing');
      await store.change('a', clear);
      await sleep(5 * minute + 1000);
      await store.advance(10);
      assert.equal((await store.get('a'))?.status, 'resolved');
      assert.deepEqual(await kinds(store, 'first'), ['initial', 'resolved']);
      const atOnce = testRaise('b', { plan: testPlan({ minClearMillis: 0 }) });
      await store.raise(atOnce);
      assert.equal((await store.change('b', clear)).alert?.status, 'resolved');
    },
  },
  {
    title: 'an alert that flaps must stay clear for longer, and the history says why',
    run: async ({ replicas: [store], sleep }) => {
      const clear = { action: 'clear', cause: { kind: 'clear', by: 'm' } } as const;
      const flapping = { count: 3, windowMillis: hour, minClearMillis: 30 * minute };
      const command = testRaise('a', { plan: testPlan({ minClearMillis: 0, flapping }) });
      for (let opening = 1; opening <= 2; opening += 1) {
        await store.raise(command);
        assert.equal((await store.change('a', clear)).alert?.status, 'resolved');
      }
      assert.equal((await store.raise(command)).alert.episode, 3);
      assert.equal((await store.change('a', clear)).alert?.status, 'firing');
      const { items } = await store.history('a', { limit: 1, cursor: null });
      assert.equal(items[0]?.event, 'clearing');
      const note = `flapping: 3 openings within ${hour} ms`;
      assert.deepEqual(items[0].cause, { kind: 'clear', by: 'm', note });
      await sleep(10 * minute);
      await store.raise(command);
      assert.equal((await store.change('a', clear)).changed, true);
      await sleep(30 * minute + 1000);
      await store.advance(10);
      assert.equal((await store.get('a'))?.status, 'resolved');
      await sleep(hour);
      await store.raise(command);
      assert.equal((await store.change('a', clear)).alert?.status, 'resolved');
    },
  },
  {
    title: 'an alert of which nothing is heard expires, and the channels that were told hear of it',
    run: async ({ replicas: [store], sleep }) => {
      const plan = testPlan({ expireAfterMillis: hour });
      await store.raise(testRaise('a', { plan }));
      await sleep(40 * minute);
      await store.raise(testRaise('a', { plan }));
      await sleep(40 * minute);
      await store.advance(10);
      assert.equal((await store.get('a'))?.status, 'firing');
      await sleep(30 * minute);
      await store.advance(10);
      assert.equal((await store.get('a'))?.status, 'resolved');
      assert.deepEqual(await kinds(store, 'first'), ['initial', 'resolved']);
      assert.deepEqual(await kinds(store, 'second'), []);
    },
  },
  {
    title: 'a watch raises once when nobody renews it in time',
    run: async (harness) => {
      const { replicas, sleep } = harness;
      const [store] = replicas;
      const command = testRaise('absent');
      assert.equal((await store.watch(command, minute)).fired, false);
      await sleep(40_000);
      assert.equal((await store.watch(command, minute)).fired, false);
      await sleep(40_000);
      await store.advance(10);
      assert.equal(await store.get('absent'), null);
      await sleep(30_000);
      await Promise.all([0, 1, 2].map((index) => replica(harness, index).advance(10)));
      await sleep(hour);
      await store.advance(10);
      assert.equal((await store.get('absent'))?.occurrences, 1);
      assert.equal((await store.watch(command, minute)).fired, true);
      assert.equal(await store.unwatch('absent'), true);
      assert.equal(await store.unwatch('absent'), false);
      await sleep(hour);
      await store.advance(10);
      assert.equal((await store.get('absent'))?.occurrences, 1);
    },
  },
  {
    title: 'advance works off what is due in portions',
    run: async ({ replicas: [store], sleep }) => {
      const plan = testPlan({ recurrence: [], timed: [timed('two', minute)] });
      for (let index = 0; index < 5; index += 1)
        await store.raise(testRaise(`a${index}`, { plan }));
      await sleep(minute + 1000);
      assert.equal((await store.advance(3)).advanced, 3);
      assert.equal((await store.advance(3)).advanced, 2);
      assert.equal((await store.advance(3)).advanced, 0);
      assert.equal((await kinds(store, 'second')).length, 5);
    },
  },
];
