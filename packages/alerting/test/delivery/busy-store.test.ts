import { describe, expect, it } from 'vitest';
import { AlertingSystem, MemoryStore, type AlertStore, type Channel } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { recordingChannel } from '../recording-channel.js';

/** How long a call is on its way to the store, and its answer on its way back, milliseconds. */
interface Way {
  readonly there?: number;
  readonly back?: number;
  /** Calls before it are answered first. */
  readonly inLine?: boolean;
}

/** The store as a replica sees it from afar. */
function busy(store: AlertStore, clock: VirtualClock, wayOf: (method: string) => Way): AlertStore {
  const pass = (millis = 0): Promise<void> =>
    new Promise((resolve) => clock.schedule(resolve, millis));
  let last = Promise.resolve();
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'shared') return true;
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        const { there, back, inLine = false } = wayOf(String(name));
        const served = (inLine ? last : Promise.resolve()).then(async () => {
          await pass(there);
          const answer = await method.apply(target, args);
          await pass(back);
          return answer;
        });
        last = served.then(
          () => undefined,
          () => undefined,
        );
        return served;
      };
    },
  });
}

/** A replica on a busy store that holds so many alerts to page. */
async function setUp(
  alerts: number,
  channel: Channel,
  clock: VirtualClock,
  wayOf: (method: string) => Way,
) {
  const store = new MemoryStore({ clock });
  const raiser = new AlertingSystem({ channels: [channel], store, clock, autoStart: false });
  for (let n = 0; n < alerts; n += 1) await raiser.raise({ key: `a${n}` });
  const replica = new AlertingSystem({
    channels: [channel],
    store: busy(store, clock, wayOf),
    clock,
  });
  replica.start();
  return {
    store,
    inFlight: async () => {
      const stats = replica.stats();
      await clock.advance(0);
      return (await stats).channels['page']!.inFlight;
    },
    pending: async () => (await store.stats()).pending,
    /** Ends the replica; what it was told of its sends. */
    end: async () => {
      const stats = replica.stats();
      await Promise.all([replica.stop(0), clock.advance(60_000)]);
      return (await stats).channels['page'];
    },
  };
}

describe('a busy store', () => {
  it('takes no lease away from hundreds of deliveries that end at once and wait to be settled', async () => {
    const clock = new VirtualClock();
    const page = recordingChannel(
      'page',
      () => new Promise((resolve) => clock.schedule(resolve, 3000)),
    );
    const channel = { ...page.channel, concurrency: 500 };
    const { store, pending, end } = await setUp(500, channel, clock, () => ({
      there: 5,
      inLine: true,
    }));
    await clock.advance(200);
    expect(page.deliveries).toHaveLength(500);
    // Another replica, which the store serves at once, would take what is not kept.
    const other = new AlertingSystem({ channels: [channel], store, clock });
    other.start();
    await clock.advance(30_000);
    await other.stop(0);
    expect(await pending()).toEqual({});
    expect(page.deliveries).toHaveLength(500);
    expect(await end()).toMatchObject({ delivered: 500, leasesLost: 0 });
  });

  it('may answer a claim when another replica has long taken over: then nothing is sent again', async () => {
    const clock = new VirtualClock();
    const { channel, deliveries } = recordingChannel('page');
    let claims = 0;
    const { store, pending, end } = await setUp(3, channel, clock, (method) =>
      method === 'claim' && (claims += 1) === 1 ? { back: 1200 } : {},
    );
    await clock.advance(10);
    const other = new AlertingSystem({ channels: [channel], store, clock });
    other.start();
    await clock.advance(5000);
    expect(await pending()).toEqual({});
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
    expect(await end()).toMatchObject({ delivered: 0, leasesLost: 3 });
    await other.stop(0);
  });

  it('does not keep from sending when each claim takes longer than a lease', async () => {
    const clock = new VirtualClock();
    const { channel, deliveries } = recordingChannel('page');
    const { pending, end } = await setUp(3, channel, clock, (method) =>
      method === 'claim' ? { there: 1100 } : {},
    );
    await clock.advance(10_000);
    expect(await pending()).toEqual({});
    expect(deliveries).toHaveLength(3);
    expect(await end()).toMatchObject({ delivered: 3, leasesLost: 0 });
  });

  it('is not asked for more than it can settle soon, however many sends are allowed at a time', async () => {
    const clock = new VirtualClock();
    const { channel, deliveries } = recordingChannel('page');
    const { inFlight, pending, end } = await setUp(
      1000,
      { ...channel, concurrency: 1000 },
      clock,
      (method) => (method === 'settle' ? { there: 100 } : {}),
    );
    let most = 0;
    for (let n = 0; n < 200; n += 1) {
      await clock.advance(50);
      most = Math.max(most, await inFlight());
    }
    expect(await pending()).toEqual({});
    expect(deliveries).toHaveLength(1000);
    expect(most).toBeLessThan(100);
    expect(await end()).toMatchObject({ delivered: 1000, leasesLost: 0 });
  });
});
