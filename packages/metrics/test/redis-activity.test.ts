import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis, type Service } from 'test-services';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  MetricsConfigurationError,
  type RedisActivityTracker,
  type RedisActivityTrackerOptions,
  createBusinessMetrics,
  createRedisActivityTracker,
} from '../src/index.js';
import { valueOf } from './exposition.js';

let redis: Service;
let client: Redis;
const trackers: RedisActivityTracker[] = [];
let prefixes = 0;

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

function connect(url: string): Redis {
  const connection = new Redis(url, { retryStrategy: () => 50 });
  connection.on('error', () => {});
  return connection;
}

function replica(options: Partial<RedisActivityTrackerOptions> & { keyPrefix: string }) {
  const tracker = createRedisActivityTracker({ client, flushIntervalMillis: 5, ...options });
  trackers.push(tracker);
  return tracker;
}

function prefix(): string {
  return `test:${++prefixes}`;
}

beforeAll(async () => {
  redis = await startRedis({ breakable: true });
  client = connect(redis.url);
});

afterEach(async () => {
  await Promise.all(trackers.splice(0).map((tracker) => tracker.close()));
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

describe('activity in Redis', () => {
  it('forgets a tenant, but not what it is doing', async () => {
    const keyPrefix = prefix();
    const [tracker, other] = [replica({ keyPrefix }), replica({ keyPrefix })];
    for (const tenant of ['acme', 'acme', 'beta']) tracker.begin(tenant)();
    const end = other.begin('busy');
    other.begin('busy')();
    await Promise.all([tracker.flush(), other.flush()]);
    await tracker.forget('acme');
    await tracker.forget('busy');
    await tracker.forget('nobody');
    expect((await other.snapshot()).tenants).toMatchObject([
      { tenantId: 'busy', activeRequests: 1, requests: 0 },
      { tenantId: 'beta', activeRequests: 0, requests: 1 },
    ]);
    end();
  });

  it('is the sum of all replicas, exact as soon as each has written', async () => {
    const keyPrefix = prefix();
    const [a, b] = [replica({ keyPrefix }), replica({ keyPrefix })];
    const end = a.begin('acme');
    a.begin('beta');
    b.begin('acme');
    await b.flush();
    expect(await a.snapshot()).toMatchObject({
      activeRequests: 3,
      activeTenants: 2,
      tenants: [
        { tenantId: 'acme', activeRequests: 2, requests: 2 },
        { tenantId: 'beta', activeRequests: 1, requests: 1 },
      ],
    });
    end();
    end();
    await a.flush();
    expect(await b.snapshot()).toMatchObject({ activeRequests: 2, activeTenants: 2 });
  });

  it('reaches other replicas without anybody asking', async () => {
    const keyPrefix = prefix();
    const [a, b] = [replica({ keyPrefix }), replica({ keyPrefix })];
    a.begin('acme');
    await expect.poll(async () => (await b.snapshot()).activeRequests).toBe(1);
  });

  it('agrees with what really went on after a storm on four replicas', async () => {
    const keyPrefix = prefix();
    const replicas = Array.from({ length: 4 }, () =>
      replica({ keyPrefix, flushIntervalMillis: 1 }),
    );
    const open = new Map<string, number>();
    const total = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const tenant = `t${(i * 7919) % 13}`;
      const end = replicas[i % 4]!.begin(tenant);
      total.set(tenant, (total.get(tenant) ?? 0) + 1);
      if (i % 3 === 0) open.set(tenant, (open.get(tenant) ?? 0) + 1);
      else end();
      if (i % 200 === 0) await sleep(1);
    }
    await Promise.all(replicas.map((r) => r.flush()));
    const { tenants, ...sums } = await replicas[0]!.snapshot();
    expect(sums).toEqual({ activeRequests: 1334, activeTenants: 13, windowMillis: 300_000 });
    for (const { tenantId, activeRequests, requests } of tenants) {
      expect([tenantId, activeRequests, requests]).toEqual([
        tenantId,
        open.get(tenantId) ?? 0,
        total.get(tenantId),
      ]);
    }
  });

  it('forgets the requests of a replica that died, by the clock of Redis, but not its tenants', async () => {
    const keyPrefix = prefix();
    const doomed = connect(redis.url);
    const dead = replica({ keyPrefix, client: doomed, replicaTtlMillis: 300 });
    const alive = replica({ keyPrefix, replicaTtlMillis: 300 });
    dead.begin('acme');
    alive.begin('beta');
    await Promise.all([dead.flush(), alive.flush()]);
    doomed.disconnect();
    expect((await alive.snapshot()).activeRequests).toBe(2);
    await sleep(700);
    // Its own long request lived on by heartbeats.
    expect(await alive.snapshot()).toMatchObject({ activeRequests: 1, activeTenants: 2 });
  });

  it('lets tenants and counts leave the window', async () => {
    const keyPrefix = prefix();
    const tracker = replica({ keyPrefix, windowMillis: 300 });
    tracker.begin('acme')();
    expect(await tracker.snapshot()).toMatchObject({
      activeTenants: 1,
      tenants: [{ requests: 1 }],
    });
    await sleep(450);
    expect(await tracker.snapshot()).toMatchObject({ activeTenants: 0, tenants: [] });
  });

  it('withdraws a replica that closes, and all its keys expire', async () => {
    const keyPrefix = prefix();
    const [a, b] = [replica({ keyPrefix }), replica({ keyPrefix })];
    a.begin('acme');
    await a.flush();
    await a.close();
    await a.close();
    expect(await b.snapshot()).toMatchObject({ activeRequests: 0, activeTenants: 1 });
    a.begin('acme')();
    expect(a.stats()).toMatchObject({ dropped: 1 });
    const keys = await client.keys(`*${keyPrefix}*`);
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(0);
  });

  it('follows no more tenants than it may, and keeps the total exact', async () => {
    const keyPrefix = prefix();
    const [a, b] = [replica({ keyPrefix, maxTenants: 5 }), replica({ keyPrefix, maxTenants: 5 })];
    for (let i = 0; i < 100; i++) (i % 2 ? a : b).begin(`t${i}`);
    await b.flush();
    const { activeRequests, activeTenants, tenants } = await a.snapshot();
    expect({ activeRequests, activeTenants }).toEqual({ activeRequests: 100, activeTenants: 6 });
    expect(tenants[0]).toMatchObject({ tenantId: '__other__', activeRequests: 95, requests: 95 });
    expect(a.stats().folded + b.stats().folded).toBe(95);
  });

  it('survives tenants named like its own fields, and scripts flushed from Redis', async () => {
    const keyPrefix = prefix();
    const tracker = replica({ keyPrefix });
    for (const tenant of ['seq', 't:seq', '__proto__', 'a b\n"c']) tracker.begin(tenant);
    await tracker.flush();
    await client.script('FLUSH');
    const { tenants, activeRequests } = await tracker.snapshot();
    expect(activeRequests).toBe(4);
    expect(tenants.map(({ tenantId }) => tenantId).sort()).toEqual([
      '__proto__',
      'a b\n"c',
      'seq',
      't:seq',
    ]);
  });

  it('counts once what Redis took although the answer was lost', async () => {
    const keyPrefix = prefix();
    let lose = true;
    const tracker = replica({
      keyPrefix,
      client: {
        call: async (command: string, ...args: string[]) => {
          const answer = await client.call(command, ...args);
          if (lose) throw new Error('connection lost after the command');
          return answer;
        },
      },
    });
    tracker.begin('acme');
    expect(await tracker.flush()).toBe(false);
    lose = false;
    tracker.begin('acme');
    expect(await tracker.flush()).toBe(true);
    expect(await tracker.snapshot()).toMatchObject({
      activeRequests: 2,
      tenants: [{ tenantId: 'acme', activeRequests: 2, requests: 2 }],
    });
  });

  it('repeats a write that failed by itself, long before the next heartbeat', async () => {
    const keyPrefix = prefix();
    let down = true;
    const tracker = replica({
      keyPrefix,
      replicaTtlMillis: 60_000,
      client: {
        call: async (command: string, ...args: string[]) => {
          if (down) throw new Error('down');
          return client.call(command, ...args);
        },
      },
    });
    const reader = replica({ keyPrefix });
    tracker.begin('acme');
    expect(await tracker.flush()).toBe(false);
    down = false;
    await expect
      .poll(async () => (await reader.snapshot()).activeRequests, { timeout: 3000 })
      .toBe(1);
  });

  it('works with a node-redis client too', async () => {
    const node = createClient({ url: redis.url });
    await node.connect();
    const tracker = replica({ keyPrefix: prefix(), client: node });
    tracker.begin('acme');
    expect(await tracker.snapshot()).toMatchObject({ activeRequests: 1, activeTenants: 1 });
    await tracker.close();
    await node.close();
  });
});

describe('a Redis that dies', () => {
  it.each([
    ['an ioredis client that queues', {}],
    ['an ioredis client that fails fast', { enableOfflineQueue: false, maxRetriesPerRequest: 0 }],
  ])(
    'never throws into a request, is counted, and is caught up with afterwards (%s)',
    async (_, redisOptions) => {
      const own = new Redis(redis.url, { retryStrategy: () => 50, ...redisOptions });
      own.on('error', () => {});
      await new Promise((resolve) => own.once('ready', resolve));
      const errors: unknown[] = [];
      const tracker = replica({
        keyPrefix: prefix(),
        client: own,
        commandDeadlineMillis: 200,
        replicaTtlMillis: 600,
        onError: (error) => {
          errors.push(error);
          throw new Error('a reporter that fails too');
        },
      });
      const metrics = createBusinessMetrics({ activity: tracker });
      tracker.begin('before');
      expect((await tracker.snapshot()).activeRequests).toBe(1);

      await redis.kill();
      const end = tracker.begin('during');
      tracker.begin('during');
      await expect(tracker.snapshot()).rejects.toThrow();
      expect(await tracker.flush()).toBe(false);
      end();
      expect(tracker.track(() => 'answer', 'during')).toBe('answer');
      expect(valueOf(await metrics.registry.metrics(), 'active_tenants_count')).toBeUndefined();
      const { flushFailures, snapshotFailures } = tracker.stats();
      expect(flushFailures).toBeGreaterThan(0);
      expect(snapshotFailures).toBeGreaterThan(0);
      expect(errors.length).toBeGreaterThan(0);

      await redis.start();
      await expect
        .poll(async () => (await tracker.snapshot().catch(() => undefined))?.activeRequests, {
          timeout: 8000,
        })
        .toBe(2);
      expect(valueOf(await metrics.registry.metrics(), 'active_tenants_count')).toBe(2);
      await tracker.close();
      own.disconnect();
    },
    20_000,
  );

  it('that is frozen costs a reader its deadline, and is right again when it thaws', async () => {
    const tracker = replica({ keyPrefix: prefix(), commandDeadlineMillis: 100 });
    tracker.begin('acme');
    await tracker.flush();
    redis.pause();
    try {
      tracker.begin('acme');
      const startedAt = performance.now();
      await expect(tracker.snapshot()).rejects.toThrow();
      expect(performance.now() - startedAt).toBeLessThan(1000);
    } finally {
      redis.resume();
    }
    await expect
      .poll(async () => (await tracker.snapshot().catch(() => undefined))?.tenants[0])
      .toMatchObject({ activeRequests: 2, requests: 2 });
  });

  it('that hangs is asked once at a time, not once a request', async () => {
    let calls = 0;
    const tracker = replica({
      keyPrefix: 'hang',
      flushIntervalMillis: 0,
      commandDeadlineMillis: 20,
      replicaTtlMillis: 100,
      client: {
        call: () => {
          calls++;
          return new Promise(() => {});
        },
      },
    });
    for (let i = 0; i < 20; i++) {
      tracker.begin(`t${i}`);
      await expect(tracker.snapshot()).rejects.toThrow();
    }
    expect(calls).toBeLessThanOrEqual(2);
    expect(tracker.stats().snapshotFailures).toBe(20);
  });
});

describe('configuration', () => {
  it.each([
    ['client', { client: {} }],
    ['client', {}],
    ['keyPrefix', { keyPrefix: 'a{b}' }],
    ['replicaTtlMillis', { replicaTtlMillis: 5 }],
    ['onError', { onError: 'log' }],
  ])('is refused with a bad %s', (option, options) => {
    const good = option === 'client' ? {} : { client: { call: async () => 0 } };
    const create = () => createRedisActivityTracker({ ...good, ...options } as never);
    expect(create).toThrow(MetricsConfigurationError);
    expect(create).toThrow(`${option} must be`);
  });
});
