import assert from 'node:assert/strict';
import { testClaim, testPlan, testRaise } from './commands.js';
import type { ConformanceCase } from './store-conformance.js';
import type { Delivery } from '../notification.js';
import type { AlertStore, Settlement } from '../store.js';

const user = { kind: 'user', by: 'ann' } as const;

function settlement(
  { id, lease }: Delivery,
  outcome: Settlement['outcome'] = { kind: 'delivered' },
  pauseChannelMillis = 0,
): Settlement {
  const cause = { kind: 'delivery', note: 'test' } as const;
  return { id, lease, outcome, cause, durationMillis: 7, pauseChannelMillis };
}

function failed(delayMillis: number, hold = true): Settlement['outcome'] {
  return { kind: 'later', delayMillis, hold, event: 'failed' };
}

async function claimOne(store: AlertStore, channel = 'first'): Promise<Delivery> {
  const { deliveries } = await store.claim(testClaim(channel));
  assert.equal(deliveries.length, 1);
  const [delivery] = deliveries;
  assert.ok(delivery);
  return delivery;
}

async function claimNone(store: AlertStore, channel = 'first'): Promise<void> {
  assert.deepEqual((await store.claim(testClaim(channel))).deliveries, []);
}

/** Claims, leases, order, groups, pauses and rates. */
export const outboxConformance: readonly ConformanceCase[] = [
  {
    title: 'concurrent claims hand out each delivery once',
    run: async ({ replicas }) => {
      const [store] = replicas;
      for (let index = 0; index < 60; index += 1) await store.raise(testRaise(`a${index}`));
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (replicas[index % replicas.length] ?? store).claim(testClaim('first', { limit: 10 })),
        ),
      );
      const ids = claims.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
      assert.equal(ids.length, new Set(ids).size);
      for (;;) {
        const { deliveries } = await store.claim(testClaim('first'));
        if (deliveries.length === 0) break;
        ids.push(...deliveries.map(({ id }) => id));
      }
      assert.equal(ids.length, 60);
      assert.equal(new Set(ids).size, 60);
    },
  },
  {
    title:
      'a lapsed lease is claimed again with the same id and notifications, and the old one is void',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      const first = await claimOne(store);
      assert.equal(first.attempt, 1);
      await claimNone(store);
      await sleep(1001);
      const second = await claimOne(store);
      assert.equal(second.id, first.id);
      assert.equal(second.attempt, 2);
      assert.notEqual(second.lease, first.lease);
      assert.deepEqual(second.notifications, first.notifications);
      assert.equal(await store.settle(settlement(first)), false);
      assert.deepEqual(await store.renew([first], 1000), [first.id]);
      assert.equal(await store.settle(settlement(second)), true);
      assert.equal(await store.settle(settlement(second)), false);
      await sleep(5000);
      await claimNone(store);
    },
  },
  {
    title: 'a renewed lease is kept, and a lapsed one too until somebody else claims the delivery',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      const delivery = await claimOne(store);
      for (let round = 0; round < 4; round += 1) {
        await sleep(600);
        assert.deepEqual(await store.renew([delivery], 1000), []);
      }
      await claimNone(store);
      await sleep(1001);
      assert.deepEqual(await store.renew([delivery], 1000), []);
      await claimNone(store);
      await sleep(1001);
      const other = await claimOne(store);
      assert.equal(other.id, delivery.id);
      assert.deepEqual(await store.renew([delivery, other], 1000), [delivery.id]);
      assert.equal(await store.settle(settlement(delivery)), false);
      await sleep(1001);
      assert.equal(await store.settle(settlement(other)), true);
      await claimNone(store);
    },
  },
  {
    title: 'a failed attempt is tried again after its delay and stands in the history',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      const delivery = await claimOne(store);
      assert.equal(await store.settle(settlement(delivery, failed(5000))), true);
      const { deliveries, nextDueInMillis } = await store.claim(testClaim('first'));
      assert.equal(deliveries.length, 0);
      assert.ok(nextDueInMillis !== null && nextDueInMillis > 3000 && nextDueInMillis <= 5000);
      await sleep(5001);
      const again = await claimOne(store);
      assert.equal(again.attempt, 2);
      await store.settle(settlement(again));
      const { items } = await store.history('a', { limit: 10, cursor: null });
      assert.deepEqual(
        items.map(({ event, delivery: trace }) => [event, trace?.attempt]),
        [
          ['delivered', 2],
          ['failed', 1],
          ['firing', undefined],
        ],
      );
      assert.equal(items[1]?.cause.note, 'test');
      assert.equal(items[1].delivery?.durationMillis, 7);
    },
  },
  {
    title: 'an attempt that was none is not counted and leaves no history',
    run: async ({ replicas: [store] }) => {
      await store.raise(testRaise('a'));
      const delivery = await claimOne(store);
      const outcome = { kind: 'later', delayMillis: 0, hold: true, event: null } as const;
      await store.settle(settlement(delivery, outcome));
      assert.equal((await claimOne(store)).attempt, 1);
      assert.equal((await store.history('a', { limit: 10, cursor: null })).items.length, 1);
    },
  },
  {
    title: 'what comes later for the same alert and channel waits for what comes first',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      await store.raise(testRaise('b'));
      const { deliveries } = await store.claim(testClaim('first'));
      const initial = deliveries.find(({ notifications: [n] }) => n?.alert.key === 'a');
      assert.ok(initial);
      await store.change('a', { action: 'resolve', cause: user });
      await claimNone(store);
      await store.settle(settlement(initial, failed(300)));
      await claimNone(store);
      await sleep(301);
      const again = await claimOne(store);
      assert.equal(again.id, initial.id);
      assert.equal(again.notifications[0]?.kind, 'initial');
      assert.equal(again.notifications[0].current?.status, 'resolved');
      assert.equal(again.notifications[0].alert.status, 'firing');
      await store.settle(settlement(again));
      assert.equal((await claimOne(store)).notifications[0]?.kind, 'resolved');
    },
  },
  {
    title: 'a delivery that does not hold lets the next one pass',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      await store.change('a', { action: 'resolve', cause: user });
      const initial = await claimOne(store);
      await store.settle(settlement(initial, failed(60_000, false)));
      const next = await claimOne(store);
      assert.equal(next.notifications[0]?.kind, 'resolved');
      await store.settle(settlement(next));
      await sleep(60_001);
      assert.equal((await claimOne(store)).id, initial.id);
    },
  },
  {
    title: 'an abandoned or suppressed delivery is gone, and the next one follows',
    run: async ({ replicas: [store] }) => {
      await store.raise(testRaise('a'));
      await store.change('a', { action: 'acknowledge', cause: user });
      await store.change('a', { action: 'resolve', cause: user });
      await store.settle(settlement(await claimOne(store), { kind: 'abandoned' }));
      await store.settle(settlement(await claimOne(store), { kind: 'suppressed' }));
      assert.equal((await claimOne(store)).notifications[0]?.kind, 'resolved');
      const { items } = await store.history('a', { limit: 2, cursor: null });
      assert.deepEqual(
        items.map(({ event }) => event),
        ['suppressed', 'abandoned'],
      );
    },
  },
  {
    title: 'a group gathers until it is claimed, and never changes after that',
    run: async ({ replicas: [store], sleep }) => {
      const plan = testPlan({ groupWaitMillis: 5000 });
      const raise = (key: string): Promise<unknown> =>
        store.raise(testRaise(key, { plan, group: 'g' }));
      await raise('a');
      await raise('b');
      await claimNone(store);
      await sleep(5001);
      const first = await claimOne(store);
      assert.equal(first.group, 'g');
      const keys = (delivery: Delivery): string[] =>
        delivery.notifications.map(({ alert }) => alert.key);
      assert.deepEqual(keys(first), ['a', 'b']);
      await raise('c');
      await raise('d');
      await sleep(5001);
      const again = await claimOne(store);
      assert.equal(again.id, first.id);
      assert.deepEqual(keys(again), ['a', 'b']);
      await store.settle(settlement(again));
      assert.deepEqual(keys(await claimOne(store)), ['c', 'd']);
    },
  },
  {
    title: 'what a delivered group held back becomes a delivery of its own',
    run: async ({ replicas: [store], sleep }) => {
      for (const key of ['a', 'b', 'c']) await store.raise(testRaise(key, { group: 'g' }));
      const delivery = await claimOne(store);
      const heldBack = { places: [1], delayMillis: 10_000 };
      await store.settle(settlement(delivery, { kind: 'delivered', heldBack }));
      await claimNone(store);
      await sleep(10_001);
      const rest = await claimOne(store);
      assert.notEqual(rest.id, delivery.id);
      assert.equal(rest.heldBack, true);
      assert.deepEqual(
        rest.notifications.map(({ alert }) => alert.key),
        ['b'],
      );
      const { items } = await store.history('b', { limit: 1, cursor: null });
      assert.equal(items[0]?.event, 'suppressed');
    },
  },
  {
    title: 'a delivery that was suppressed until later says so',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a'));
      const delivery = await claimOne(store);
      assert.equal(delivery.heldBack, false);
      const outcome = { kind: 'later', delayMillis: 10, hold: false, event: 'suppressed' } as const;
      await store.settle(settlement(delivery, outcome));
      await sleep(11);
      assert.equal((await claimOne(store)).heldBack, true);
    },
  },
  {
    title: 'a paused channel hands out nothing, for all replicas, and others go on',
    run: async ({ replicas, sleep }) => {
      const [store] = replicas;
      const plan = testPlan({ channels: ['first', 'second'] });
      await store.raise(testRaise('a', { plan }));
      await store.settle(settlement(await claimOne(store), failed(100), 30_000));
      await store.raise(testRaise('b', { plan }));
      await sleep(29_000);
      for (const each of replicas) await claimNone(each);
      const { nextDueInMillis } = await store.claim(testClaim('first'));
      assert.ok(nextDueInMillis !== null && nextDueInMillis > 0 && nextDueInMillis <= 1000);
      assert.equal((await store.claim(testClaim('second'))).deliveries.length, 2);
      await sleep(1001);
      assert.equal((await store.claim(testClaim('first'))).deliveries.length, 2);
    },
  },
  {
    title: 'a rate spaces what is handed out, over all replicas',
    run: async ({ replicas, sleep }) => {
      const [store] = replicas;
      for (let index = 0; index < 4; index += 1) await store.raise(testRaise(`a${index}`));
      const claim = testClaim('first', { rate: { count: 2, intervalMillis: 60_000 } });
      const claimed = async (): Promise<number> => {
        const claims = await Promise.all(replicas.map((each) => each.claim(claim)));
        const deliveries = claims.flatMap((outcome) => outcome.deliveries);
        for (const delivery of deliveries) await store.settle(settlement(delivery));
        return deliveries.length;
      };
      assert.equal(await claimed(), 1);
      await sleep(29_000);
      assert.equal(await claimed(), 0);
      await sleep(1001);
      assert.equal(await claimed(), 1);
    },
  },
];
