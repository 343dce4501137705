import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from 'test-services';
import { RedisStore, RedisStoreError } from '../../src/redis.js';
import { testClaim, testRaise } from '../../src/testing/commands.js';
import { connectIoredis, connectNodeRedis, replicasOf } from './redis-replicas.js';
import { startSeveringProxy } from './severing-proxy.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

let forgetful: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => {
  forgetful = await startRedis({ breakable: true });
});

afterAll(() => forgetful.stop());

async function durableRedis(persistence: 'everysec' | 'always') {
  const redis = await startRedis({ persistence, breakable: true });
  ends.push(() => redis.stop());
  return redis;
}

async function connected(url: string, connect: typeof connectNodeRedis = connectIoredis) {
  const client = await connect(url);
  ends.push(client.close);
  return client;
}

/** Repeats until it no longer rejects: what a caller with an occurrence id may do. */
async function insist<T>(step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch {
      await setTimeout(20);
    }
  }
}

describe('a Redis that is killed and started again', () => {
  it('with appendfsync always has everything that it acknowledged', async () => {
    const redis = await durableRedis('always');
    const clients = [await connected(redis.url), await connected(redis.url, connectNodeRedis)];
    const { replicas } = replicasOf(clients, { commandTimeoutMillis: 500 });
    const acknowledged: string[] = [];
    let killed = false;
    const callers = Array.from({ length: 16 }, async (_, caller) => {
      const store = replicas[caller % 2] ?? replicas[0];
      for (let index = 0; !killed; index += 1) {
        const key = `k${caller}-${index}`;
        try {
          await store.raise(testRaise(key));
          acknowledged.push(key);
        } catch (error) {
          expect(error).toBeInstanceOf(RedisStoreError);
        }
      }
    });
    await setTimeout(300);
    await redis.kill();
    killed = true;
    await Promise.all(callers);
    expect(acknowledged.length).toBeGreaterThan(16);
    await redis.start();
    const store = replicas[0];
    await insist(() => store.stats());
    const states = await Promise.all(acknowledged.map((key) => store.get(key)));
    expect(acknowledged.filter((_, index) => states[index] === null)).toEqual([]);
    // Whole or not at all: each alert that is there has its line of history and its delivery.
    const { alerts, active, pending } = await store.stats();
    expect({ alerts, pending }).toEqual({ alerts: active, pending: { first: active } });
    const pages = await store.history(acknowledged.at(-1)!, { limit: 9, cursor: null });
    expect(pages.items.map(({ event }) => event)).toEqual(['firing']);
  });

  it('with appendfsync everysec has at least what is two seconds old', async () => {
    const redis = await durableRedis('everysec');
    const { replicas } = replicasOf([await connected(redis.url)], { commandTimeoutMillis: 500 });
    const [store] = replicas;
    await store.raise(testRaise('old'));
    await setTimeout(2000);
    await redis.kill();
    await redis.start();
    expect(await insist(() => store.get('old'))).not.toBeNull();
    const { deliveries } = await store.claim(testClaim('first'));
    expect(deliveries.map(({ notifications: [n] }) => n?.alert.key)).toEqual(['old']);
  });

  it('without persistence starts empty, and gives no delivery id a second time', async () => {
    const redis = forgetful;
    const { replicas } = replicasOf([await connected(redis.url)], { commandTimeoutMillis: 500 });
    const [store] = replicas;
    const silence = { matchers: [], alertId: 'a', episode: null, durationMillis: 60_000 };
    const rest = { startsAt: null, by: 'x', comment: '' };
    const round = async (id: string) => {
      await store.raise(testRaise('a'));
      await store.silence({ ...silence, ...rest, id });
      return store.claim(testClaim('first'));
    };
    const before = await round('s1');
    await redis.kill();
    await redis.start();
    await insist(() => store.stats());
    expect(await store.stats()).toMatchObject({ alerts: 0, silences: 0 });
    const after = await round('s2');
    expect(after.deliveries).toHaveLength(1);
    expect(after.deliveries[0]!.id).not.toBe(before.deliveries[0]!.id);
    // The version that a replica knew from before must not pass for the one of now.
    expect(after.silencesVersion).not.toBe(before.silencesVersion);
  });
});

describe('a Redis that cannot be reached', () => {
  it.each([
    ['ioredis', connectIoredis],
    ['node-redis', connectNodeRedis],
  ])('rejects within the time-out, and works again when it is back: %s', async (_, connect) => {
    const redis = forgetful;
    const client = await connected(redis.url, connect);
    const { replicas } = replicasOf([client], { commandTimeoutMillis: 200 });
    const [store] = replicas;
    await store.raise(testRaise('a'));
    await redis.kill();
    const began = performance.now();
    await expect(store.raise(testRaise('a'))).rejects.toThrow(RedisStoreError);
    expect(performance.now() - began).toBeLessThan(1000);
    await redis.start();
    await insist(() => store.stats());
    expect((await store.raise(testRaise('b'))).opened).toBe(true);
  });

  it('because it stands still rejects too, and what was late has happened whole', async () => {
    const redis = forgetful;
    const { replicas } = replicasOf([await connected(redis.url)], { commandTimeoutMillis: 200 });
    const [store] = replicas;
    await store.raise(testRaise('a'));
    redis.pause();
    const late = testRaise('b', { occurrenceId: 'o1' });
    await expect(store.raise(late)).rejects.toThrow('did not answer within 200 ms');
    redis.resume();
    expect(await insist(() => store.raise(late))).toMatchObject({ duplicate: true });
    expect(await store.get('b')).toMatchObject({ occurrences: 1 });
  });

  it('refuses what it has no memory for, and then nothing is half done', async () => {
    const redis = forgetful;
    const { client } = await connectIoredis(redis.url);
    ends.push(() => client.disconnect());
    const { replicas, prefix } = replicasOf([{ client, close: () => undefined }]);
    const [store] = replicas;
    await store.raise(testRaise('a'));
    const { deliveries } = await store.claim(testClaim('first', { leaseMillis: 60_000 }));
    const [{ id, lease } = { id: '', lease: '' }] = deliveries;
    const settle = () =>
      store.settle({
        id,
        lease,
        outcome: { kind: 'delivered' },
        cause: { kind: 'delivery' },
        durationMillis: 1,
        pauseChannelMillis: 0,
      });
    const before = await client.dump(`{${prefix}}:history:a`);
    await client.config('SET', 'maxmemory', '1');
    await expect(settle()).rejects.toThrow(/OOM/);
    await expect(store.raise(testRaise('a'))).rejects.toThrow(/OOM/);
    await expect(store.erase({ tenant: 't' })).rejects.toThrow(/OOM/);
    expect((await store.stats()).pending).toEqual({ first: 1 });
    await client.config('SET', 'maxmemory', '0');
    expect(await client.dump(`{${prefix}}:history:a`)).toBe(before);
    expect(await settle()).toBe(true);
    expect((await store.get('a'))?.occurrences).toBe(1);
  });
});

describe('scripts that Redis has forgotten', () => {
  it('are sent again', async () => {
    const redis = forgetful;
    const { client, close } = await connectIoredis(redis.url);
    ends.push(close);
    const { replicas } = replicasOf([{ client, close }]);
    const [store] = replicas;
    await store.raise(testRaise('a'));
    await client.script('FLUSH', 'SYNC');
    const again = await Promise.all([store.raise(testRaise('a')), store.raise(testRaise('a'))]);
    expect(again.map(({ recent }) => recent).sort()).toEqual([2, 3]);
  });
});

describe('a connection that is lost between a raise and its answer', () => {
  it('counts once when the caller repeats it with its occurrence id: node-redis', async () => {
    const redis = forgetful;
    const proxy = await startSeveringProxy(redis.url);
    ends.push(proxy.close);
    const { replicas } = replicasOf([await connected(proxy.url, connectNodeRedis)]);
    const [store] = replicas;
    const command = testRaise('a', { occurrenceId: 'o1' });
    await store.raise(testRaise('other'));
    proxy.severBeforeAnswer();
    await expect(store.raise(command)).rejects.toThrow(RedisStoreError);
    expect(await insist(() => store.raise(command))).toMatchObject({ duplicate: true, recent: 1 });
    expect(await store.get('a')).toMatchObject({ occurrences: 1 });
  });

  it('counts once also where the client itself sends it again: ioredis', async () => {
    const redis = forgetful;
    const proxy = await startSeveringProxy(redis.url);
    ends.push(proxy.close);
    const { replicas } = replicasOf([await connected(proxy.url)]);
    const [store] = replicas;
    await store.raise(testRaise('a'));
    proxy.severBeforeAnswer();
    const outcome = await store.raise(testRaise('a'));
    expect(outcome).toMatchObject({ duplicate: true, recent: 2 });
    expect((await store.raise(testRaise('a'))).escalated).toBe(true);
  });
});

it('a store whose client was closed rejects', async () => {
  const redis = forgetful;
  const { client, close } = await connectIoredis(redis.url);
  const store = new RedisStore({ client, commandTimeoutMillis: 200 });
  await store.stats();
  close();
  await expect(store.stats()).rejects.toThrow(RedisStoreError);
});
