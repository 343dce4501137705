import { randomUUID } from 'node:crypto';
import {
  type ActivitySnapshot,
  type ActivityTracker,
  type TenantActivity,
  trackUntilEnd,
} from './activity.js';
import { BoundedCall } from './bounded-call.js';
import { MetricsConfigurationError, functionOption, integerOption } from './configuration.js';
import { otherValue } from './label-limit.js';
import { maxTenantIdLength, tenantOf } from './process-activity.js';
import { evaluate, flushScript, forgetScript, snapshotScript } from './redis-activity-scripts.js';
import { type RedisClient, redisCommand } from './redis-client.js';

/** How soon a failed flush is tried again. */
const retryMillis = 1000;

/** How requests and tenants of all replicas are followed. */
export interface RedisActivityTrackerOptions {
  /** A connected ioredis or node-redis client, or `{ call(command, ...args) }`. It stays yours to close. */
  readonly client: RedisClient;
  /** Before every key; replicas with the same prefix are counted together. No braces. Default `llm:activity`. */
  readonly keyPrefix?: string | undefined;
  /** How long a tenant counts as active after its last request, in ms; equal in all replicas. Default 300000. */
  readonly windowMillis?: number | undefined;
  /** Most tenants followed by name, here and in Redis; further ones count as `__other__`. Default 10000. */
  readonly maxTenants?: number | undefined;
  /** Most tenants listed in a snapshot. Default 50. */
  readonly maxListedTenants?: number | undefined;
  /** How long after its last sign of life a replica's requests expire, in ms. Default 15000. */
  readonly replicaTtlMillis?: number | undefined;
  /** Least time between two writes to Redis, in ms. Default 100. */
  readonly flushIntervalMillis?: number | undefined;
  /** How long one Redis command may take, in ms. Default 1000. */
  readonly commandDeadlineMillis?: number | undefined;
  /** Told about every command that failed; what it throws is ignored. Default none. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What a replica has followed, written and lost, since its tracker was made. */
export interface RedisActivityTrackerStats {
  /** Requests begun in this process. */
  readonly begun: number;
  /** Requests ended in this process. */
  readonly ended: number;
  /** Requests of this process followed as `__other__` because `maxTenants` was reached. */
  readonly folded: number;
  /** Requests begun or ended after `close()`, which nobody will see. */
  readonly dropped: number;
  /** Writes that Redis took. */
  readonly flushes: number;
  /** Writes that failed; they are repeated until one succeeds, so nothing is lost by them. */
  readonly flushFailures: number;
  /** Snapshots that failed. */
  readonly snapshotFailures: number;
}

/** An activity tracker shared by all replicas with the same Redis and prefix. */
export interface RedisActivityTracker extends ActivityTracker {
  /** Writes what is new to Redis now; never rejects. Answers whether Redis took it. */
  flush(): Promise<boolean>;
  /** Withdraws this replica's requests from Redis and stops its timers; never rejects. */
  close(): Promise<void>;
  stats(): RedisActivityTrackerStats;
}

/**
 * Follows the requests of all replicas. A request costs its process two map updates; what changed
 * is written to Redis in one command, at once when idle and every `flushIntervalMillis` when busy.
 * Redis TIME is the only clock. A replica that dies is forgotten after `replicaTtlMillis`.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createRedisActivityTracker(
  options: RedisActivityTrackerOptions,
): RedisActivityTracker {
  const command = redisCommand(
    (options as Partial<RedisActivityTrackerOptions> | undefined)?.client,
  );
  const key = `{${prefixOption(options.keyPrefix)}}`;
  const windowMillis = integerOption('windowMillis', options.windowMillis, 300_000, 10);
  const maxTenants = integerOption('maxTenants', options.maxTenants, 10_000, 1);
  const maxListed = integerOption('maxListedTenants', options.maxListedTenants, 50, 0, 1000);
  const ttlMillis = integerOption('replicaTtlMillis', options.replicaTtlMillis, 15_000, 100);
  const intervalMillis = integerOption('flushIntervalMillis', options.flushIntervalMillis, 100, 0);
  const deadline = integerOption('commandDeadlineMillis', options.commandDeadlineMillis, 1000, 1);
  const onError = functionOption('onError', options.onError);

  const replica = randomUUID();
  const active = new Map<string, number>();
  /** Tenants to mention in the next write, with the requests they began since the last. */
  let fresh = new Map<string, number>();
  /** What a write in doubt carried: repeated under its number until Redis takes it. */
  let unconfirmed: Map<string, number> | undefined;
  let sequence = 0;
  let closed = false;
  let begun = 0;
  let ended = 0;
  let folded = 0;
  let dropped = 0;
  let flushes = 0;
  let flushFailures = 0;
  let snapshotFailures = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushedAt = -Infinity;
  let running: Promise<boolean> | undefined;

  const failed = (error: unknown): void => {
    try {
      onError?.(error);
    } catch {
      // The host's own reporter failed; there is nobody left to tell.
    }
  };

  const write = new BoundedCall(async () => {
    if (!unconfirmed) {
      unconfirmed = fresh;
      fresh = new Map();
      sequence++;
    }
    const batch = unconfirmed;
    const args = [windowMillis, replica, sequence, ttlMillis, maxTenants].map(String);
    for (const [tenant, count] of active) {
      args.push(tenant, String(count), String(batch.get(tenant) ?? 0));
    }
    for (const [tenant, count] of batch) {
      if (!active.has(tenant)) args.push(tenant, '0', String(count));
    }
    const foldedByRedis = Number(await evaluate(command, flushScript, key, args));
    // An answer given up on may come after the next write began.
    if (unconfirmed === batch) unconfirmed = undefined;
    flushes++;
    if (Number.isFinite(foldedByRedis)) folded += foldedByRedis;
  }, deadline);

  const remove = (tenantId: string): Promise<unknown> =>
    evaluate(command, forgetScript, key, [String(windowMillis), tenantId]);

  const read = new BoundedCall(async () => {
    const args = [String(windowMillis), String(maxListed)];
    return snapshotOf(await evaluate(command, snapshotScript, key, args), windowMillis);
  }, deadline);

  const runFlush = async (): Promise<boolean> => {
    clearTimeout(timer);
    timer = undefined;
    flushedAt = performance.now();
    try {
      await write.call();
      return true;
    } catch (error) {
      flushFailures++;
      failed(error);
      return false;
    } finally {
      running = undefined;
      if (unconfirmed) schedule(retryMillis);
      else if (fresh.size > 0) schedule(intervalMillis);
    }
  };

  const flush = async (): Promise<boolean> => {
    // A run in progress may have begun before the newest change: wait for it, then write again.
    const before = running;
    if (before && (!(await before) || fresh.size === 0)) return before;
    return (running ??= runFlush());
  };

  const schedule = (millis: number): void => {
    if (closed || timer || running) return;
    timer = setTimeout(() => void flush(), millis);
    timer.unref();
  };

  const touch = (tenant: string, count: number): void => {
    fresh.set(tenant, (fresh.get(tenant) ?? 0) + count);
    schedule(Math.max(0, intervalMillis - (performance.now() - flushedAt)));
  };

  // Long requests and quiet replicas stay alive by saying so.
  const heartbeat = setInterval(() => void flush(), Math.max(25, Math.floor(ttlMillis / 3)));
  heartbeat.unref();

  const admit = (tenant: string): string => {
    if (active.has(tenant) || fresh.has(tenant)) return tenant;
    const full = active.size >= maxTenants || fresh.size >= maxTenants;
    if (!full && tenant.length <= maxTenantIdLength) return tenant;
    folded++;
    return otherValue;
  };

  const begin = (tenantId?: string): (() => void) => {
    if (closed) {
      dropped++;
      return () => undefined;
    }
    const tenant = admit(tenantOf(tenantId));
    begun++;
    active.set(tenant, (active.get(tenant) ?? 0) + 1);
    touch(tenant, 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      ended++;
      if (closed) {
        dropped++;
        return;
      }
      const left = (active.get(tenant) ?? 1) - 1;
      if (left > 0) active.set(tenant, left);
      else active.delete(tenant);
      touch(tenant, 0);
    };
  };

  return {
    begin,
    track: (fn, tenantId) => trackUntilEnd(fn, begin(tenantId)),
    flush,
    async snapshot() {
      try {
        if (!closed && !(await flush())) throw new Error('Redis did not take the latest activity');
        return await read.call();
      } catch (error) {
        snapshotFailures++;
        failed(error);
        throw error;
      }
    },
    async forget(tenantId) {
      fresh.delete(tenantId);
      await new BoundedCall(() => remove(tenantId), deadline).call();
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(heartbeat);
      clearTimeout(timer);
      await running;
      active.clear();
      await runFlush();
      clearTimeout(timer);
    },
    stats: () => ({ begun, ended, folded, dropped, flushes, flushFailures, snapshotFailures }),
  };
}

function prefixOption(prefix: string | undefined): string {
  if (prefix === undefined) return 'llm:activity';
  if (typeof prefix !== 'string' || !/^[^{}\s]{1,128}$/.test(prefix)) {
    throw new MetricsConfigurationError(
      'keyPrefix',
      prefix,
      'a string of 1 to 128 characters without braces or white space',
    );
  }
  return prefix;
}

function snapshotOf(answer: unknown, windowMillis: number): ActivitySnapshot {
  const [activeRequests, activeTenants, list] = answer as [unknown, unknown, unknown[][]];
  return {
    activeRequests: Number(activeRequests),
    activeTenants: Number(activeTenants),
    windowMillis,
    tenants: list.map(([tenantId, open, requests, lastSeenAt]): TenantActivity => ({
      tenantId: String(tenantId),
      activeRequests: Number(open),
      requests: Number(requests),
      lastSeenAt: Number(lastSeenAt),
    })),
  };
}
