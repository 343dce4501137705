import type { ServerResponse } from 'node:http';
import { startPostgres, startRedis, type Service } from 'test-services';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AlertingSystem, MemoryStore, webhookChannel, type AlertStore } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { TestDatabase } from '../postgres/fresh-store.js';
import { startReceiver } from '../receiver.js';
import { connectIoredis, replicasOf, type TestClient } from '../redis/redis-replicas.js';

const minute = 60_000;
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** When something happened: by the simulated clock, and by the clock of the store. */
interface Moment {
  readonly simulated: number;
  readonly store: number;
}

interface Answered extends Moment {
  readonly id: string;
  readonly status: number;
  /** No other attempt may come before. */
  readonly notBefore: number;
}

/** A receiver that answers 429 until the time is over, and what it asks for while it does. */
async function startThrottling(
  now: () => Moment,
  until: number,
  wish: (count: number) => { readonly header: string | null; readonly millis: number },
) {
  const answered: Answered[] = [];
  const receiver = await startReceiver((response: ServerResponse, count, { body: { id } }) => {
    const at = now();
    if (at.simulated >= until) {
      answered.push({ ...at, id, status: 204, notBefore: 0 });
      response.writeHead(204).end();
      return;
    }
    const { header, millis } = wish(count);
    answered.push({ ...at, id, status: 429, notBefore: at.store + millis });
    response.writeHead(429, header === null ? {} : { 'retry-after': header }).end('slow down');
  });
  ends.push(receiver.stop);
  return { ...receiver, answered };
}

/**
 * Nobody came before the longest wish so far, except who was under way when it was made: simulated
 * time goes on only when everything is at rest, so those came at the same moment, and are few.
 */
function expectWishesKept(answered: readonly Answered[], underWayAtMost: number): void {
  let notBefore = 0;
  let wished = 0;
  let underWay = 0;
  for (const [index, attempt] of answered.entries()) {
    if (attempt.store < notBefore) {
      expect([index, attempt.simulated]).toEqual([index, wished]);
      underWay += 1;
      expect(underWay).toBeLessThan(underWayAtMost);
    }
    if (attempt.notBefore > notBefore) {
      if (attempt.simulated !== wished) underWay = 0;
      wished = attempt.simulated;
      notBefore = attempt.notBefore;
    }
  }
}

const concurrency = 4;

/**
 * Ten minutes of 429, with several hundred alerts raised meanwhile at replicas in turn, over four
 * webhooks spoken to by real HTTP.
 */
async function throttle(
  clock: VirtualClock,
  stores: readonly AlertStore[],
  storeNow: () => number,
): Promise<void> {
  const now = (): Moment => ({ simulated: clock.now(), store: storeNow() });
  const until = clock.now() + 10 * minute;
  const inSeconds = await startThrottling(now, until, (count) => {
    const seconds = [1, 30, 7, 0, 90][count % 5]!;
    return { header: String(seconds), millis: seconds * 1000 };
  });
  const byDate = await startThrottling(now, until, (count) => {
    const at = Math.ceil((clock.now() + (count % 40) * 1000) / 1000) * 1000;
    return { header: new Date(at).toUTCString(), millis: at - clock.now() };
  });
  const rated = await startThrottling(now, until, (count) =>
    count % 3 === 0 ? { header: null, millis: 0 } : { header: '20', millis: 20_000 },
  );
  const steady = await startThrottling(now, 0, () => ({ header: null, millis: 0 }));
  const receivers = { inSeconds, byDate, rated, steady };
  const rate = { count: 4, intervalMillis: 1000 };
  const systems = stores.map((store) => {
    const channels = Object.entries(receivers).map(([name, { url }]) =>
      clock.awaiting(
        webhookChannel({ name, url, concurrency, ...(name === 'rated' ? { rate } : {}) }),
      ),
    );
    const policies = { policies: [{ name: 'all', channels: Object.keys(receivers) }] };
    const system = new AlertingSystem({
      channels,
      policies,
      clock,
      store: store.shared ? clock.awaiting(store) : store,
      pollIntervalMillis: 10_000,
    });
    system.start();
    ends.push(() => system.stop(0));
    return system;
  });
  const alerts = 300;
  for (let index = 0; index < alerts; index += 1) {
    const system = systems[index % systems.length]!;
    await system.raise({ key: `k${index}` });
    if (index % 3 === 2) await system.resolve(`k${index - 2}`);
    if (index % 10 === 9) await clock.advance((9 * minute) / (alerts / 10));
  }
  expect((await systems[0]!.stats()).undelivered).toBeGreaterThan(alerts);
  await clock.advance(until - clock.now() + 5 * minute);

  const stats = await Promise.all(systems.map((system) => system.stats()));
  expect(stats[0]!.undelivered).toBe(0);
  const total = (name: string, what: 'delivered' | 'abandoned' | 'leasesLost'): number =>
    stats.reduce((sum, { channels }) => sum + channels[name]![what], 0);
  for (const [name, { answered, received }] of Object.entries(receivers)) {
    expect([name, total(name, 'abandoned')]).toEqual([name, 0]);
    expect([name, total(name, 'delivered')]).toEqual([name, alerts + alerts / 3]);
    // Each alert, and each end, was taken; twice only where a lease was lost while it was sent.
    const taken = answered.filter(({ status }) => status === 204).map(({ id }) => id);
    expect(new Set(taken).size).toBe(alerts + alerts / 3);
    expect(taken.length - new Set(taken).size).toBeLessThanOrEqual(total(name, 'leasesLost'));
    const told = received
      .filter(({ body }) => taken.includes(body.id))
      .flatMap(({ body }) => body.notifications.map(({ kind, alert }) => `${kind} ${alert.key}`));
    expect(new Set(told).size).toBe(alerts + alerts / 3);
    expectWishesKept(answered, stores.length * concurrency);
  }
  for (const receiver of [inSeconds, byDate, rated]) {
    expect(receiver.answered.filter(({ status }) => status === 429).length).toBeGreaterThan(10);
  }
  // The rate holds over all replicas, also for what had to wait; five seconds are for stalls on the way.
  for (const { store: from } of rated.answered) {
    const within = rated.answered.filter(({ store }) => store >= from && store < from + minute);
    expect(within.length).toBeLessThanOrEqual((60 + 5) * rate.count);
  }
}

describe('a receiver that answers 429 for ten minutes gets everything afterwards, never before its Retry-After', () => {
  it('from the store in memory', async () => {
    const clock = new VirtualClock();
    await throttle(clock, [new MemoryStore({ clock })], () => clock.now());
  }, 60_000);

  describe('from three replicas on', () => {
    let redis: Service;
    let clients: TestClient[];
    let postgres: Service;
    let database: TestDatabase;

    beforeAll(async () => {
      redis = await startRedis();
      clients = await Promise.all([0, 1, 2].map(() => connectIoredis(redis.url)));
      postgres = await startPostgres();
      database = new TestDatabase(postgres.url);
    }, 60_000);

    afterAll(async () => {
      for (const { close } of clients) close();
      await redis.stop();
      await database.close();
      await postgres.stop();
    });

    /** The store's clock: the real time that has passed, and the simulated. */
    function clocks() {
      const clock = new VirtualClock();
      const begun = clock.now();
      const offset = (): number => clock.now() - begun;
      return { clock, offset, storeNow: () => Date.now() + offset() };
    }

    it('Redis', async () => {
      const { clock, offset, storeNow } = clocks();
      const { replicas } = replicasOf(clients, { testOffsetMillis: offset });
      await throttle(clock, replicas, storeNow);
    }, 120_000);

    it('Postgres', async () => {
      const { clock, offset, storeNow } = clocks();
      const stores = await database.stores(3, { testOffsetMillis: offset });
      await throttle(clock, stores, storeNow);
    }, 120_000);
  });

  it('by the machine’s own clock, one at a time', async () => {
    const begun = performance.now();
    const real = (): Moment => {
      const at = performance.now();
      return { simulated: at, store: at };
    };
    // HTTP knows whole seconds.
    const receiver = await startThrottling(real, begun + 3000, () => ({
      header: '1',
      millis: 1000,
    }));
    const channel = webhookChannel({ url: receiver.url, concurrency: 1 });
    const system = new AlertingSystem({ channels: [channel], retry: { minMillis: 1 } });
    ends.push(() => system.stop());
    for (let index = 0; index < 20; index += 1) await system.raise({ key: `k${index}` });
    await expect.poll(async () => (await system.stats()).undelivered, { timeout: 30_000 }).toBe(0);
    const { answered } = receiver;
    const refused = answered.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(answered.length - refused.length).toBe(20);
    for (const [index, { store }] of answered.entries()) {
      // Clocks of whole milliseconds may differ by one.
      expect(store - (answered[index - 1]?.notBefore ?? 0)).toBeGreaterThanOrEqual(-1);
    }
  }, 60_000);
});
