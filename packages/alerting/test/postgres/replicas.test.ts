import { beforeAll, describe, expect, it } from 'vitest';
import type { Settlement } from '../../src/index.js';
import type { PostgresStore } from '../../src/postgres.js';
import { testClaim, testPlan, testRaise } from '../../src/testing/commands.js';
import { databaseOfTests } from './fresh-store.js';

const database = databaseOfTests();
let deadlocksBefore: number;

beforeAll(async () => {
  deadlocksBefore = await deadlocks();
});

async function deadlocks(): Promise<number> {
  const { rows } = await database
    .pool(1)
    .query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
  return Number(rows[0]?.deadlocks);
}

function delivered({ id, lease }: { id: string; lease: string }): Settlement {
  const outcome = { kind: 'delivered' } as const;
  return {
    id,
    lease,
    outcome,
    cause: { kind: 'delivery' },
    durationMillis: 1,
    pauseChannelMillis: 0,
  };
}

/** Claims and settles until nothing is left; the notifications by delivery, in order of claiming. */
async function drain(store: PostgresStore, channel: string): Promise<string[][]> {
  const taken: string[][] = [];
  for (;;) {
    // A long lease: settling a hundred takes a while on a busy machine.
    const { deliveries } = await store.claim(testClaim(channel, { leaseMillis: 60_000 }));
    if (deliveries.length === 0) return taken;
    for (const delivery of deliveries) {
      taken.push(delivery.notifications.map(({ kind, alert }) => `${kind} ${alert.key}`));
      expect(await store.settle(delivered(delivery))).toBe(true);
    }
  }
}

describe('replicas that share a Postgres', () => {
  it(
    'escalate the third occurrence exactly once in each of 300 races',
    { timeout: 60_000 },
    async () => {
      const replicas = await database.stores(3);
      const races = Array.from({ length: 300 }, (_, race) => `race-${race}`);
      const raises = await Promise.all(
        races.flatMap((key) => replicas.map((store) => store.raise(testRaise(key)))),
      );
      expect(raises.filter(({ opened }) => opened)).toHaveLength(300);
      const escalated = raises.filter((outcome) => outcome.escalated);
      expect(escalated).toHaveLength(300);
      expect(new Set(escalated.map(({ alert }) => alert.id)).size).toBe(300);
      expect(escalated.every(({ alert }) => alert.occurrences === 3)).toBe(true);
      const [store] = replicas;
      expect((await drain(store, 'first')).sort()).toEqual(
        races.map((key) => [`initial ${key}`]).sort(),
      );
      expect((await drain(store, 'second')).sort()).toEqual(
        races.map((key) => [`escalated ${key}`]).sort(),
      );
    },
  );

  it(
    'hand out each delivery once, and keep every stream in order',
    { timeout: 60_000 },
    async () => {
      const replicas = await database.stores(3);
      const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
      const claimed = new Map<string, string[]>();
      const ids = new Set<string>();
      let raising = true;
      const couriers = replicas
        .flatMap((store) => [store, store])
        .map(async (store) => {
          for (;;) {
            const last = !raising;
            const { deliveries } = await store.claim(
              testClaim('first', { limit: 5, leaseMillis: 30_000 }),
            );
            for (const delivery of deliveries) {
              expect(ids.has(delivery.id)).toBe(false);
              ids.add(delivery.id);
              for (const { kind, alert } of delivery.notifications) {
                const kinds = claimed.get(alert.key) ?? [];
                claimed.set(alert.key, [...kinds, kind]);
              }
              expect(await store.settle(delivered(delivery))).toBe(true);
            }
            if (last && deliveries.length === 0) return;
          }
        });
      const user = { kind: 'user' } as const;
      await Promise.all(
        keys.map(async (key, index) => {
          const store = replicas[index % 3] ?? replicas[0];
          await store.raise(testRaise(key));
          await store.change(key, { action: 'acknowledge', cause: user });
          await store.change(key, { action: 'resolve', cause: user });
        }),
      );
      raising = false;
      await Promise.all(couriers);
      await drain(replicas[0], 'first');
      expect((await replicas[0].stats()).pending).toEqual({});
      for (const key of keys) {
        expect(claimed.get(key)).toEqual(['initial', 'acknowledged', 'resolved']);
      }
    },
  );

  it(
    'gather a storm of one group into full deliveries while others claim and settle, without a deadlock',
    { timeout: 60_000 },
    async () => {
      const replicas = await database.stores(3);
      const [store] = replicas;
      const plan = testPlan({ channels: ['first', 'second'], recurrence: [], groupWaitMillis: 0 });
      const keys = Array.from({ length: 240 }, (_, index) => `g${index}`);
      const taken: string[][] = [];
      const raises = Promise.all(
        keys.map((key, index) =>
          (replicas[index % 3] ?? replicas[0]).raise(
            testRaise(key, { plan, group: `g${index % 2}` }),
          ),
        ),
      );
      for (let round = 0; round < 10; round += 1) taken.push(...(await drain(store, 'first')));
      await raises;
      taken.push(...(await drain(store, 'first')));
      expect(taken.flat().sort()).toEqual(keys.map((key) => `initial ${key}`).sort());
      const second = await drain(replicas[0], 'second');
      expect(second.flat().sort()).toEqual(keys.map((key) => `initial ${key}`).sort());
      // Nobody claimed it meanwhile: two groups of 120, at most 100 in a delivery.
      expect(second.map(({ length }) => length).sort()).toEqual([100, 100, 20, 20]);
    },
  );

  it(
    'advance, raise, settle and erase at once without losing count',
    { timeout: 60_000 },
    async () => {
      let offset = 0;
      const replicas = await database.stores(3, { testOffsetMillis: () => offset });
      const [store] = replicas;
      const plan = testPlan({
        recurrence: [],
        channels: ['first', 'second'],
        reminder: { everyMillis: 1000, max: null },
        expireAfterMillis: 60_000,
      });
      const work = async (replica: PostgresStore, seed: number): Promise<void> => {
        for (let round = 0; round < 25; round += 1) {
          offset += 500;
          const tenant = `t${(round * 7 + seed) % 5}`;
          const group = round % 2 === 0 ? `g${round % 3}` : null;
          await replica.raise(
            testRaise(`k${(round * 3 + seed) % 8}`, { labels: { tenant }, plan, group }),
          );
          await replica.advance(20);
          const { deliveries } = await replica.claim(
            testClaim(seed % 2 === 0 ? 'first' : 'second'),
          );
          await Promise.all(deliveries.map((delivery) => replica.settle(delivered(delivery))));
          if (round % 8 === 7) await replica.erase({ tenant: `t${seed % 5}` });
        }
      };
      await Promise.all(
        [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => work(replicas[seed % 3] ?? store, seed)),
      );
      offset += 10_000;
      await Promise.all(['first', 'second'].map((channel) => drain(store, channel)));
      const stats = await store.stats();
      expect(stats.pending).toEqual({});
      const { items } = await store.active({ limit: 1000, cursor: null });
      expect(stats.active).toBe(items.length);
      const tenants = [0, 1, 2, 3, 4].map((tenant) => ({ tenant: `t${tenant}` }));
      let erased = 0;
      for (const labels of tenants) erased += await store.erase(labels);
      expect(erased).toBe(stats.alerts);
      expect(await store.stats()).toMatchObject({ active: 0, alerts: 0, pending: {} });
    },
  );

  it('have never waited for each other in a circle meanwhile', async () => {
    // A deadlock would have been repeated, unseen by the tests above.
    expect(await deadlocks()).toBe(deadlocksBefore);
  });
});
