import { describe, expect, it } from 'vitest';
import { StoreFullError } from '../../src/index.js';
import { PostgresStore, type PostgresStoreOptions } from '../../src/postgres.js';
import { testClaim, testPlan, testRaise } from '../../src/testing/commands.js';
import { databaseOfTests } from './fresh-store.js';

const user = { kind: 'user', by: 'ann' } as const;
const page = { limit: 1000, cursor: null };

const database = databaseOfTests();

async function fresh(options: Partial<PostgresStoreOptions> = {}): Promise<PostgresStore> {
  const [store] = await database.stores(1, options);
  return store;
}

describe('bounds of the store in Postgres', () => {
  it('keeps so many lines of history and goes on paging', async () => {
    const store = await fresh({ maxHistoryPerAlert: 4 });
    const plan = testPlan({ recurrence: [] });
    for (let round = 0; round < 5; round += 1) {
      await store.raise(testRaise('a', { plan }));
      await store.change('a', { action: 'resolve', cause: user });
    }
    const first = await store.history('a', { limit: 3, cursor: null });
    expect(first.items.map(({ event, episode }) => `${event} ${episode}`)).toEqual([
      'resolved 5',
      'firing 5',
      'resolved 4',
    ]);
    const second = await store.history('a', { limit: 3, cursor: first.cursor });
    expect(second.items.map(({ episode }) => episode)).toEqual([4]);
    expect(second.cursor).toBeNull();
  });

  it('forgets the longest resolved to make room, and refuses when all are active', async () => {
    const store = await fresh({ maxAlerts: 3 });
    for (const key of ['a', 'b', 'c']) await store.raise(testRaise(key));
    await expect(store.raise(testRaise('d'))).rejects.toThrow(StoreFullError);
    expect(await store.get('d')).toBeNull();
    await store.raise(testRaise('c'));
    await store.change('b', { action: 'resolve', cause: user });
    await store.change('a', { action: 'resolve', cause: user });
    await store.raise(testRaise('d'));
    expect(await store.get('b')).toBeNull();
    expect((await store.history('b', page)).items).toEqual([]);
    expect(await store.get('a')).not.toBeNull();
    expect(await store.stats()).toMatchObject({ alerts: 3, active: 2, evicted: 1 });
  });

  it('counts and drops what a watch raises when there is no room, and refuses one watch too many', async () => {
    let offset = 0;
    const store = await fresh({ maxAlerts: 1, testOffsetMillis: () => offset });
    await store.raise(testRaise('a'));
    await store.watch(testRaise('w'), 1000);
    await expect(store.watch(testRaise('v'), 1000)).rejects.toThrow(StoreFullError);
    offset = 2000;
    expect((await store.advance(10)).advanced).toBe(1);
    expect(await store.get('w')).toBeNull();
    expect(await store.stats()).toMatchObject({ alerts: 1, dropped: 1 });
    expect((await store.watch(testRaise('w'), 1000)).fired).toBe(true);
  });

  it('forgets resolved alerts and their history after their retention', async () => {
    let offset = 0;
    const store = await fresh({ retentionMillis: 60_000, testOffsetMillis: () => offset });
    await store.raise(testRaise('a'));
    await store.change('a', { action: 'resolve', cause: user });
    offset = 50_000;
    const { nextDueInMillis } = await store.advance(10);
    expect(nextDueInMillis).toBeGreaterThan(0);
    expect(nextDueInMillis).toBeLessThanOrEqual(10_000);
    expect(await store.get('a')).not.toBeNull();
    offset = 60_001;
    expect((await store.advance(10)).advanced).toBe(1);
    expect(await store.get('a')).toBeNull();
    expect((await store.history('a', page)).items).toEqual([]);
    expect(await store.stats()).toMatchObject({ alerts: 0, active: 0, evicted: 0 });
    // What was still to be told is told all the same, and says that the alert is gone.
    const { deliveries } = await store.claim(testClaim('first'));
    expect(deliveries[0]?.notifications[0]?.current).toBeNull();
  });

  it('drops, counts and records what does not fit in the outbox of one channel only', async () => {
    const store = await fresh({ maxPendingPerChannel: 2 });
    const plan = testPlan({ channels: ['first', 'second'] });
    await store.raise(testRaise('a'));
    await store.raise(testRaise('b'));
    const { channels } = await store.raise(testRaise('c', { plan }));
    expect(channels).toEqual(['second']);
    expect(await store.stats()).toMatchObject({ dropped: 1, pending: { first: 2, second: 1 } });
    const { items } = await store.history('c', page);
    expect(items.map(({ event }) => event)).toEqual(['dropped', 'firing']);
    expect(items[0]).toMatchObject({ status: 'firing', episode: 1, cause: { kind: 'overflow' } });
  });

  it('forgets silences that ended and until-resolved ones whose episode is over', async () => {
    let offset = 0;
    const store = await fresh({ maxSilences: 2, testOffsetMillis: () => offset });
    const base = { matchers: [], alertId: 'a', startsAt: null, by: 'x', comment: '' };
    await store.raise(testRaise('a'));
    await store.silence({ ...base, id: '1', episode: 1, durationMillis: null });
    await store.silence({ ...base, id: '2', episode: null, durationMillis: 1000 });
    await expect(
      store.silence({ ...base, id: '3', episode: null, durationMillis: 1000 }),
    ).rejects.toThrow('no room: there are 2 silences (maxSilences)');
    await store.change('a', { action: 'resolve', cause: user });
    await store.raise(testRaise('a'));
    offset = 120_000;
    const before = await store.claim(testClaim('none'));
    await store.advance(10);
    expect(await store.silences()).toEqual([]);
    const after = await store.claim(testClaim('none', { silencesVersion: before.silencesVersion }));
    expect(after.silences).toEqual([]);
  });

  it('erases a tenant with more alerts than one step takes, and what was pending for forgotten ones', async () => {
    let offset = 0;
    const store = await fresh({ retentionMillis: 1000, testOffsetMillis: () => offset });
    const labels = { tenant: 't1' };
    await store.raise(testRaise('gone', { labels }));
    await store.change(testRaise('gone', { labels }).id, { action: 'resolve', cause: user });
    offset = 2000;
    await store.advance(10);
    expect((await store.stats()).alerts).toBe(0);
    await Promise.all(
      Array.from({ length: 450 }, (_, index) => store.raise(testRaise(`k${index}`, { labels }))),
    );
    expect(await store.erase({})).toBe(0);
    expect(await store.erase(labels)).toBe(450);
    expect(await store.stats()).toMatchObject({ alerts: 0, active: 0, pending: {} });
    expect((await store.claim(testClaim('first'))).nextDueInMillis).toBeNull();
  });
});

describe('what the store in Postgres is given', () => {
  it.each([
    ['maxAlerts', 0],
    ['maxHistoryPerAlert', 1.5],
    ['retentionMillis', NaN],
    ['maxPendingPerChannel', -1],
    ['maxSilences', 0],
    ['queryTimeoutMillis', 0],
    ['testOffsetMillis', NaN],
  ])('as %s %s is refused by name', (name, value) => {
    expect(() => new PostgresStore({ db: database.pool(1), [name]: value })).toThrow(
      new RegExp(`^${name}: .*${value}`),
    );
  });

  it('as a database without query is refused', () => {
    expect(() => new PostgresStore({ db: {} as never })).toThrow(
      /^db: must be an object with query/,
    );
  });

  it('as a cursor of somebody else is refused', async () => {
    const store = await fresh();
    await expect(store.active({ limit: 1, cursor: 'x' })).rejects.toThrow(RangeError);
    await expect(store.history('a', { limit: 1, cursor: '1; DROP' })).rejects.toThrow(RangeError);
  });

  it('may be ids, groups and texts that an index or jsonb cannot hold', async () => {
    const store = await fresh();
    const long = '¿'.repeat(256);
    const labels = { tenant: `${long}1`, service: long, environment: long };
    const command = testRaise(long, {
      labels,
      group: long.repeat(8),
      annotations: { a: 'x\0y\ud800z' },
    });
    const other = testRaise(long, { labels: { ...labels, tenant: `${long}2` } });
    await store.raise(command);
    await store.raise(other);
    const state = await store.get(command.id);
    expect(state?.id).toBe(command.id);
    expect(state?.annotations).toEqual({ a: 'x\ufffdy\ufffdz' });
    expect((await store.get(other.id))?.labels['tenant']).toBe(`${long}2`);
    await store.change(command.id, { action: 'acknowledge', cause: { kind: 'user', by: '\0' } });
    expect((await store.get(command.id))?.acknowledgedBy).toBe('\ufffd');
    const { deliveries } = await store.claim(testClaim('first'));
    const told = deliveries.flatMap(({ notifications }) => notifications);
    expect(told.map(({ kind, alert }) => [kind, alert.id])).toEqual([
      ['initial', command.id],
      ['acknowledged', command.id],
      ['initial', other.id],
    ]);
    expect(deliveries.find(({ group }) => group !== null)?.group).toBe(long.repeat(8));
  });

  it('as an id of a delivery that is none holds no lease', async () => {
    const store = await fresh();
    const held = ['', 'x', '-', '-9999999999999999999', 'a-1'].map((id) => ({ id, lease: 'x' }));
    expect(await store.renew(held, 1000)).toEqual(expect.arrayContaining(held.map(({ id }) => id)));
    for (const { id, lease } of held) {
      const outcome = { kind: 'delivered' } as const;
      const rest = { cause: user, durationMillis: 1, pauseChannelMillis: 0 };
      expect(await store.settle({ id, lease, outcome, ...rest })).toBe(false);
    }
  });
});
