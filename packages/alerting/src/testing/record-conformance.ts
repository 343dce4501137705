import assert from 'node:assert/strict';
import { testClaim, testPlan, testRaise } from './commands.js';
import { agreesWithMemory } from './memory-agreement.js';
import type { ConformanceCase } from './store-conformance.js';

const user = { kind: 'user', by: 'ann' } as const;

function silence(id: string) {
  return {
    id,
    matchers: [{ label: 'team', op: '=', value: 'x' }],
    alertId: null,
    episode: null,
    startsAt: null,
    durationMillis: 60_000,
    by: 'ann',
    comment: 'maintenance',
  } as const;
}

/** Lists, pages, silences, erasure, and agreement with the store in memory. */
export const recordConformance: readonly ConformanceCase[] = [
  {
    title: 'active alerts come latest opening first, page by page, without the resolved',
    run: async ({ replicas: [store] }) => {
      for (let index = 0; index < 7; index += 1) await store.raise(testRaise(`a${index}`));
      await store.change('a3', { action: 'resolve', cause: user });
      await store.raise(testRaise('a0'));
      const keys: string[][] = [];
      let cursor: string | null = null;
      do {
        const page = await store.active({ limit: 4, cursor });
        keys.push(page.items.map(({ key }) => key));
        cursor = page.cursor;
        // What opens meanwhile belongs before the first page.
        if (keys.length === 1) await store.raise(testRaise('late'));
      } while (cursor !== null);
      assert.deepEqual(keys, [
        ['a6', 'a5', 'a4', 'a2'],
        ['a1', 'a0'],
      ]);
      await store.raise(testRaise('a3'));
      const { items } = await store.active({ limit: 2, cursor: null });
      assert.deepEqual(
        items.map(({ key, episode }) => [key, episode]),
        [
          ['a3', 2],
          ['late', 1],
        ],
      );
    },
  },
  {
    title: 'active alerts can be chosen by status and by matchers',
    run: async ({ replicas: [store] }) => {
      await store.raise(testRaise('a', { labels: { team: 'x' } }));
      await store.raise(testRaise('b', { labels: { team: 'y' } }));
      await store.raise(testRaise('c'));
      await store.change('c', { action: 'acknowledge', cause: user });
      const keys = async (query: object): Promise<string[]> => {
        const { items } = await store.active({ limit: 10, cursor: null, ...query });
        return items.map(({ key }) => key);
      };
      assert.deepEqual(await keys({ status: 'acknowledged' }), ['c']);
      assert.deepEqual(await keys({ matchers: [{ label: 'team', value: 'x' }] }), ['a']);
      assert.deepEqual(await keys({ matchers: [{ label: 'team', op: '=~', value: 'x|y' }] }), [
        'b',
        'a',
      ]);
      assert.deepEqual(await keys({ matchers: [{ label: 'team', op: '!=', value: 'x' }] }), [
        'c',
        'b',
      ]);
    },
  },
  {
    title: 'history comes latest first, page by page',
    run: async ({ replicas: [store] }) => {
      await store.raise(testRaise('a'));
      await store.change('a', { action: 'acknowledge', cause: { ...user, note: 'on it' } });
      await store.change('a', { action: 'resolve', cause: user });
      const first = await store.history('a', { limit: 2, cursor: null });
      assert.deepEqual(
        first.items.map(({ event, cause }) => [event, cause]),
        [
          ['resolved', user],
          ['acknowledged', { ...user, note: 'on it' }],
        ],
      );
      const second = await store.history('a', { limit: 2, cursor: first.cursor });
      assert.deepEqual(
        second.items.map(({ event, status, episode }) => [event, status, episode]),
        [['firing', 'firing', 1]],
      );
      assert.equal(second.cursor, null);
      assert.deepEqual(await store.history('x', { limit: 2, cursor: null }), {
        items: [],
        cursor: null,
      });
    },
  },
  {
    title: 'a claim brings the silences when they are not the ones that the caller knows',
    run: async ({ replicas: [store], sleep }) => {
      const before = await store.claim(testClaim('first'));
      assert.deepEqual(before.silences, []);
      const same = await store.claim(
        testClaim('first', { silencesVersion: before.silencesVersion }),
      );
      assert.equal(same.silences, null);
      const added = await store.silence(silence('s1'));
      assert.equal(added.endsAt, added.startsAt + 60_000);
      const after = await store.claim(
        testClaim('first', { silencesVersion: before.silencesVersion }),
      );
      assert.deepEqual(after.silences, [added]);
      assert.deepEqual(await store.silences(), [added]);
      await sleep(60_001);
      assert.deepEqual(await store.silences(), []);
      await store.silence(silence('s2'));
      assert.equal(await store.unsilence('s2'), true);
      assert.equal(await store.unsilence('s2'), false);
      assert.deepEqual(await store.silences(), []);
    },
  },
  {
    title:
      'erasure forgets the alerts, history, deliveries, silences and watches of a tenant, and no other',
    run: async ({ replicas: [store], sleep }) => {
      const mine = testRaise('a', { labels: { tenant: 't1' }, group: 'g' });
      const other = testRaise('a', { labels: { tenant: 't2' }, group: 'g' });
      await store.raise(mine);
      await store.raise(other);
      await store.silence({ ...silence('s'), alertId: mine.id });
      await store.watch(testRaise('watched', { labels: { tenant: 't1' } }), 1000);
      assert.equal(await store.erase({ tenant: 't1' }), 1);
      assert.equal(await store.erase({ tenant: 't1' }), 0);
      assert.equal(await store.get(mine.id), null);
      assert.deepEqual((await store.history(mine.id, { limit: 9, cursor: null })).items, []);
      assert.deepEqual(await store.silences(), []);
      await sleep(2000);
      await store.advance(10);
      assert.equal((await store.stats()).alerts, 1);
      const { deliveries } = await store.claim(testClaim('first'));
      assert.deepEqual(
        deliveries.flatMap(({ notifications }) => notifications.map(({ alert }) => alert.id)),
        [other.id],
      );
    },
  },
  {
    title: 'figures tell what is active and what is pending',
    run: async ({ replicas: [store], sleep }) => {
      await store.raise(testRaise('a', { plan: testPlan({ channels: ['first', 'second'] }) }));
      await store.raise(testRaise('b'));
      await store.change('b', { action: 'resolve', cause: user });
      await sleep(5000);
      const stats = await store.stats();
      assert.equal(stats.active, 1);
      assert.equal(stats.alerts, 2);
      assert.deepEqual(stats.pending, { first: 3, second: 1 });
      assert.ok(stats.oldestPendingMillis >= 5000 && stats.oldestPendingMillis < 60_000);
      assert.equal(stats.dropped, 0);
    },
  },
  {
    title: 'random histories end as they do in the store in memory',
    run: async ({ replicas: [store], sleep }) => {
      for (let seed = 1; seed <= 12; seed += 1) await agreesWithMemory(store, sleep, seed);
    },
  },
];
