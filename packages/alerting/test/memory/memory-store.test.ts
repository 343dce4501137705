import { describe, expect, it } from 'vitest';
import { MemoryStore, StoreFullError } from '../../src/index.js';
import { storeConformance, VirtualClock } from '../../src/testing.js';
import { testClaim, testPlan, testRaise } from '../../src/testing/commands.js';

const user = { kind: 'user', by: 'ann' } as const;

describe('the store in memory conforms:', () => {
  for (const { title, run } of storeConformance) {
    it(title, async () => {
      const clock = new VirtualClock();
      const store = new MemoryStore({ clock });
      await run({ replicas: [store, store, store], sleep: async (millis) => clock.jump(millis) });
    });
  }
});

describe('bounds of the store in memory', () => {
  it('keeps so many lines of history and goes on paging', async () => {
    const store = new MemoryStore({ maxHistoryPerAlert: 4 });
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
    const store = new MemoryStore({ maxAlerts: 3 });
    for (const key of ['a', 'b', 'c']) await store.raise(testRaise(key));
    await expect(store.raise(testRaise('d'))).rejects.toThrow(StoreFullError);
    await store.change('b', { action: 'resolve', cause: user });
    await store.change('a', { action: 'resolve', cause: user });
    await store.raise(testRaise('d'));
    expect(await store.get('b')).toBeNull();
    expect(await store.get('a')).not.toBeNull();
    expect(await store.stats()).toMatchObject({ alerts: 3, active: 2, evicted: 1 });
  });

  it('forgets resolved alerts after their retention', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock, retentionMillis: 1000 });
    await store.raise(testRaise('a'));
    await store.change('a', { action: 'resolve', cause: user });
    clock.jump(999);
    await store.advance(10);
    expect(await store.get('a')).not.toBeNull();
    clock.jump(1);
    await store.advance(10);
    expect(await store.get('a')).toBeNull();
  });

  it('drops, counts and records what does not fit in the outbox of one channel only', async () => {
    const store = new MemoryStore({ maxPendingPerChannel: 2 });
    const plan = testPlan({ channels: ['first', 'second'] });
    await store.raise(testRaise('a'));
    await store.raise(testRaise('b'));
    await store.raise(testRaise('c', { plan }));
    expect((await store.stats()).dropped).toBe(1);
    expect((await store.stats()).pending).toEqual({ first: 2, second: 1 });
    const { items } = await store.history('c', { limit: 9, cursor: null });
    expect(items[0]).toMatchObject({ event: 'dropped', cause: { kind: 'overflow' } });
  });

  it('forgets silences that ended and until-resolved ones whose episode is over', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock, maxSilences: 2 });
    const base = { matchers: [], alertId: 'a', startsAt: null, by: 'x', comment: '' };
    await store.raise(testRaise('a'));
    await store.silence({ ...base, id: '1', episode: 1, durationMillis: null });
    await store.silence({ ...base, id: '2', episode: null, durationMillis: 1000 });
    await expect(
      store.silence({ ...base, id: '3', episode: null, durationMillis: 1000 }),
    ).rejects.toThrow(StoreFullError);
    await store.change('a', { action: 'resolve', cause: user });
    await store.raise(testRaise('a'));
    clock.jump(120_000);
    await store.advance(10);
    expect((await store.stats()).silences).toBe(0);
  });

  it.each([
    ['maxAlerts', 0],
    ['maxHistoryPerAlert', 1.5],
    ['retentionMillis', NaN],
    ['maxPendingPerChannel', -1],
  ])('refuses %s %s by name', (name, value) => {
    expect(() => new MemoryStore({ [name]: value })).toThrow(new RegExp(`^${name}: .*${value}`));
  });
});

describe('a clock that jumps', () => {
  it('back moves every wait along: leases, retries, steps and windows keep their length', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const [step] = testPlan().recurrence;
    const plan = testPlan({ timed: [{ ...step!, name: 't', afterMillis: 600_000 }] });
    await store.raise(testRaise('a', { plan }));
    const { deliveries } = await store.claim(testClaim('first'));
    clock.jump(-86_400_000);
    expect(await store.renew(deliveries, 1000)).toEqual([]);
    expect((await store.advance(10)).nextDueInMillis).toBe(600_000);
    clock.jump(599_999);
    expect((await store.advance(10)).advanced).toBe(0);
    clock.jump(1);
    await store.advance(10);
    expect((await store.get('a'))?.escalationLevel).toBe(2);
    await store.raise(testRaise('a', { plan }));
    expect(await store.occurrences('a', 3_600_000)).toBe(2);
    clock.jump(3_000_001);
    expect(await store.occurrences('a', 3_600_000)).toBe(1);
  });

  it('ahead makes everything due that time has overtaken, once', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const plan = testPlan({ reminder: { everyMillis: 60_000, max: null } });
    await store.raise(testRaise('a', { plan }));
    clock.jump(365 * 86_400_000);
    await store.advance(10);
    await store.advance(10);
    const { items } = await store.history('a', { limit: 9, cursor: null });
    expect(items.map(({ event }) => event)).toEqual(['reminded', 'firing']);
  });
});
