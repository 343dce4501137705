import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from 'test-services';
import { alertId } from '../../src/alert.js';
import { AlertingConfigError, StoreFullError } from '../../src/index.js';
import { RedisStore, type RedisStoreOptions } from '../../src/redis.js';
import { storeConformance } from '../../src/testing.js';
import { testClaim, testPlan, testRaise } from '../../src/testing/commands.js';
import { connectIoredis, connectNodeRedis, replicasOf, type TestClient } from './redis-replicas.js';

const user = { kind: 'user', by: 'ann' } as const;
const firstPage = { limit: 100, cursor: null };

let redis: Awaited<ReturnType<typeof startRedis>>;
let ioredis: Awaited<ReturnType<typeof connectIoredis>>[];
let nodeRedis: TestClient[];

beforeAll(async () => {
  redis = await startRedis();
  const three = [0, 1, 2];
  ioredis = await Promise.all(three.map(() => connectIoredis(redis.url)));
  nodeRedis = await Promise.all(three.map(() => connectNodeRedis(redis.url)));
});

afterAll(async () => {
  for (const { close } of [...ioredis, ...nodeRedis]) close();
  await redis.stop();
});

function fresh(options: Partial<RedisStoreOptions> = {}) {
  const harness = replicasOf(ioredis, options);
  return { ...harness, store: harness.replicas[0] };
}

describe('the store in Redis conforms with ioredis:', () => {
  for (const { title, run } of storeConformance) it(title, () => run(replicasOf(ioredis)));
});

describe('the store in Redis conforms with node-redis:', () => {
  for (const { title, run } of storeConformance) it(title, () => run(replicasOf(nodeRedis)));
});

describe('bounds of the store in Redis', () => {
  it('keeps so many lines of history and goes on paging', async () => {
    const { store } = fresh({ maxHistoryPerAlert: 4 });
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
    const { store } = fresh({ maxAlerts: 3 });
    for (const key of ['a', 'b', 'c']) await store.raise(testRaise(key));
    await expect(store.raise(testRaise('d'))).rejects.toThrow(StoreFullError);
    await store.change('b', { action: 'resolve', cause: user });
    await store.change('a', { action: 'resolve', cause: user });
    await store.raise(testRaise('d'));
    expect(await store.get('b')).toBeNull();
    expect(await store.get('a')).not.toBeNull();
    expect(await store.stats()).toMatchObject({ alerts: 3, active: 2, evicted: 1 });
  });

  it('counts a watch that finds no room for its alert as dropped, and goes on', async () => {
    const { store, jump } = fresh({ maxAlerts: 1 });
    await store.raise(testRaise('a'));
    await store.watch(testRaise('w'), 1000);
    await expect(store.watch(testRaise('x'), 1000)).rejects.toThrow(StoreFullError);
    jump(2000);
    expect((await store.advance(10)).advanced).toBe(1);
    expect((await store.stats()).dropped).toBe(1);
  });

  it('forgets resolved alerts after their retention, and leaves no key behind', async () => {
    const { store, jump, prefix } = fresh({ retentionMillis: 60_000 });
    await store.raise(testRaise('a', { labels: { tenant: 't' } }));
    const { id } = testRaise('a', { labels: { tenant: 't' } });
    for (const channel of ['first', 'first']) {
      const { deliveries } = await store.claim(testClaim(channel));
      for (const { id, lease } of deliveries) {
        const outcome = { kind: 'delivered' } as const;
        const cause = { kind: 'delivery' } as const;
        await store.settle({ id, lease, outcome, cause, durationMillis: 1, pauseChannelMillis: 0 });
      }
      await store.change(id, { action: 'resolve', cause: user });
    }
    jump(59_000);
    await store.advance(10);
    expect(await store.get(id)).not.toBeNull();
    jump(1000);
    await store.advance(10);
    expect(await store.get(id)).toBeNull();
    expect(await ioredis[0]!.client.keys(`{${prefix}}*`)).toEqual([`{${prefix}}:meta`]);
  });

  it('drops, counts and records what does not fit in the outbox of one channel only', async () => {
    const { store } = fresh({ maxPendingPerChannel: 2 });
    const plan = testPlan({ channels: ['first', 'second'] });
    await store.raise(testRaise('a'));
    await store.raise(testRaise('b'));
    const { channels } = await store.raise(testRaise('c', { plan }));
    expect(channels).toEqual(['second']);
    expect(await store.stats()).toMatchObject({ dropped: 1, pending: { first: 2, second: 1 } });
    const { items } = await store.history('c', { limit: 9, cursor: null });
    expect(items[0]).toMatchObject({ event: 'dropped', cause: { kind: 'overflow' } });
  });

  it('forgets silences that ended and until-resolved ones whose episode is over', async () => {
    const { store, jump } = fresh({ maxSilences: 3 });
    const base = { matchers: [], alertId: 'a', startsAt: null, by: 'x', comment: '' };
    await store.raise(testRaise('a'));
    await store.silence({ ...base, id: '1', episode: 1, durationMillis: null });
    await store.silence({ ...base, id: '2', episode: null, durationMillis: 1000 });
    await store.silence({ ...base, id: '3', alertId: 'never', episode: 1, durationMillis: null });
    const more = { ...base, id: '4', episode: null, durationMillis: 1000 };
    await expect(store.silence(more)).rejects.toThrow(StoreFullError);
    expect(await store.silence({ ...more, id: '2', comment: 'again' })).toMatchObject({ id: '2' });
    expect((await store.silences()).map(({ id }) => id)).toEqual(['1', '3', '2']);
    await store.change('a', { action: 'resolve', cause: user });
    await store.raise(testRaise('a'));
    expect((await store.silences()).map(({ id }) => id)).toEqual(['3', '2']);
    jump(120_000);
    await store.advance(10);
    expect((await store.stats()).silences).toBe(0);
    expect(await store.silences()).toEqual([]);
  });

  it.each<[keyof RedisStoreOptions, unknown]>([
    ['maxAlerts', 0],
    ['maxHistoryPerAlert', 1.5],
    ['retentionMillis', NaN],
    ['maxPendingPerChannel', -1],
    ['maxSilences', '7'],
    ['commandTimeoutMillis', 2 ** 31],
    ['maxCommandsInFlight', 0],
    ['prefix', 'a{b}'],
    ['prefix', ''],
    ['testOffsetMillis', 5],
    ['client', 'redis://x'],
  ])('refuses %s %s by name', (name, value) => {
    const options = { client: () => Promise.resolve(''), [name]: value };
    expect(() => new RedisStore(options)).toThrow(AlertingConfigError);
    expect(() => new RedisStore(options)).toThrow(new RegExp(`^${name}: must be`));
  });
});

describe('what goes through Redis', () => {
  it('comes back as it was: empty lists and objects, nulls, any text, large numbers', async () => {
    const { store } = fresh();
    const odd = 'ä "\\ \n\u0000\u2028 {} 💥 \\ud83d | 1 2 3';
    const plan = testPlan({
      channels: [],
      recurrence: [],
      keepWindowMillis: Number.MAX_SAFE_INTEGER,
      expireAfterMillis: 1234567890123456,
    });
    const command = testRaise(odd, {
      plan,
      labels: { [odd]: odd, empty: '' },
      annotations: {},
      source: { kind: odd, name: '' },
      type: odd,
      group: odd,
      escalatedType: odd,
      startsAt: 1700000000000123,
      occurrenceId: odd,
    });
    const { alert } = await store.raise(command);
    expect(alert).toMatchObject({ id: command.id, labels: command.labels, source: command.source });
    expect(alert.startsAt).toBe(1700000000000123);
    const state = await store.get(command.id);
    expect(state).toMatchObject({
      key: odd,
      labels: command.labels,
      annotations: {},
      startsAt: 1700000000000123,
      group: odd,
      escalatedType: odd,
      recentIds: [odd],
      reached: [],
      notified: [],
      reminder: null,
      acknowledgedBy: null,
    });
    expect(state?.plan).toEqual(plan);
    const cause = { kind: 'user', by: odd, note: odd } as const;
    await store.change(command.id, { action: 'acknowledge', cause });
    const { items } = await store.history(command.id, firstPage);
    expect(items[0]?.cause).toEqual(cause);
    expect((await store.active(firstPage)).items[0]?.acknowledgedBy).toBe(odd);
  });

  it('is well-formed: half a surrogate pair becomes U+FFFD and refuses nothing', async () => {
    const { store } = fresh();
    const summary = '💥'.slice(0, 1);
    await store.raise(testRaise('a', { annotations: { summary }, type: `${summary}"` }));
    expect(await store.get('a')).toMatchObject({
      annotations: { summary: '\ufffd' },
      type: '\ufffd"',
    });
  });

  it('keeps the names of channels and groups apart, whatever is in them', async () => {
    const { store } = fresh();
    const plan = testPlan({ channels: ['a:b', 'a'], recurrence: [] });
    await store.raise(testRaise('x', { plan, group: 'b:c' }));
    await store.raise(testRaise('b:c', { plan }));
    expect((await store.claim(testClaim('a'))).deliveries).toHaveLength(2);
    expect((await store.claim(testClaim('a:b'))).deliveries).toHaveLength(2);
  });

  it('makes a refused cursor an error of the caller', async () => {
    const { store } = fresh();
    await expect(store.active({ limit: 1, cursor: 'x' })).rejects.toThrow(RangeError);
    await expect(store.history('a', { limit: 1, cursor: '-1' })).rejects.toThrow(RangeError);
  });
});

describe('erasure in Redis', () => {
  it('takes more than one portion, by identity label and by any other', async () => {
    const { store } = fresh();
    const raises = [];
    for (let index = 0; index < 700; index += 1) {
      const labels = { tenant: index % 2 === 0 ? 'even' : 'odd', third: String(index % 3) };
      raises.push(store.raise(testRaise(`a${index}`, { labels })));
    }
    await Promise.all(raises);
    expect(await store.erase({ tenant: 'even', third: '0' })).toBe(117);
    expect(await store.erase({ tenant: 'even' })).toBe(350 - 117);
    expect(await store.erase({ third: '1' })).toBe(117);
    expect(await store.stats()).toMatchObject({
      alerts: 233,
      active: 233,
      pending: { first: 233 },
    });
    expect(await store.erase({})).toBe(0);
  });

  it('while a group is being sent keeps the places of the others', async () => {
    const { store, jump } = fresh();
    for (const tenant of ['t1', 't2', 't3']) {
      await store.raise(testRaise('a', { labels: { tenant }, group: 'g' }));
    }
    const [sent] = (await store.claim(testClaim('first'))).deliveries;
    expect(await store.erase({ tenant: 't1' })).toBe(1);
    const settled = await store.settle({
      id: sent!.id,
      lease: sent!.lease,
      outcome: { kind: 'delivered', heldBack: { places: [1], delayMillis: 10 } },
      cause: { kind: 'silence' },
      durationMillis: 1,
      pauseChannelMillis: 0,
    });
    expect(settled).toBe(true);
    jump(11);
    const [rest] = (await store.claim(testClaim('first'))).deliveries;
    expect(rest?.notifications.map(({ alert }) => alert.labels['tenant'])).toEqual(['t2']);
    const last = await store.history(alertId('a', { tenant: 't3' }), { limit: 1, cursor: null });
    expect(last.items[0]?.event).toBe('delivered');
  });

  it('of an alert whose delivery left the order, and of one behind a head, leaves nothing', async () => {
    const { store, prefix } = fresh();
    const labels = { tenant: 't' };
    const { alert } = await store.raise(testRaise('a', { labels }));
    await store.change(alert.id, { action: 'acknowledge', cause: user });
    await store.change(alert.id, { action: 'resolve', cause: user });
    const [head] = (await store.claim(testClaim('first'))).deliveries;
    await store.settle({
      id: head!.id,
      lease: head!.lease,
      outcome: { kind: 'later', delayMillis: 1000, hold: false, event: 'failed' },
      cause: { kind: 'delivery' },
      durationMillis: 1,
      pauseChannelMillis: 0,
    });
    expect(await store.erase(labels)).toBe(1);
    expect(await ioredis[0]!.client.keys(`{${prefix}}*`)).toEqual([`{${prefix}}:meta`]);
  });
});

describe('a Redis whose clock is set', () => {
  it('back moves every wait along: leases, retries, steps and windows keep their length', async () => {
    const { store, jump } = fresh();
    const [step] = testPlan().recurrence;
    const plan = testPlan({ timed: [{ ...step!, name: 't', afterMillis: 600_000 }] });
    await store.raise(testRaise('a', { plan }));
    const { deliveries } = await store.claim(testClaim('first', { leaseMillis: 60_000 }));
    jump(-86_400_000);
    expect(await store.renew(deliveries, 60_000)).toEqual([]);
    const { nextDueInMillis } = await store.advance(10);
    expect(nextDueInMillis).toBeGreaterThan(590_000);
    expect(nextDueInMillis).toBeLessThanOrEqual(600_000);
    jump(590_000);
    expect((await store.advance(10)).advanced).toBe(0);
    jump(10_000);
    await store.advance(10);
    expect((await store.get('a'))?.escalationLevel).toBe(2);
    const again = await store.raise(testRaise('a', { plan }));
    expect(await store.occurrences('a', 3_600_000)).toBe(2);
    // What people read is the clock as it is now.
    expect(Math.abs(again.alert.lastOccurrenceAt - (Date.now() - 85_800_000))).toBeLessThan(60_000);
    const { items } = await store.history('a', firstPage);
    expect(Math.abs(items[0]!.at - (Date.now() - 85_800_000))).toBeLessThan(60_000);
    jump(3_060_000);
    expect(await store.occurrences('a', 3_600_000)).toBe(1);
  });

  it('ahead makes everything due that time has overtaken, once', async () => {
    const { store, jump } = fresh();
    const plan = testPlan({ reminder: { everyMillis: 60_000, max: null } });
    await store.raise(testRaise('a', { plan }));
    jump(365 * 86_400_000);
    await store.advance(10);
    await store.advance(10);
    const { items } = await store.history('a', firstPage);
    expect(items.map(({ event }) => event)).toEqual(['reminded', 'firing']);
  });
});
