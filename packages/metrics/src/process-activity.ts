import {
  type ActivitySnapshot,
  type ActivityTracker,
  byActivity,
  trackUntilEnd,
} from './activity.js';
import { type Clock, clockOption, integerOption } from './configuration.js';
import { llmContext } from './context.js';
import { otherValue, unknownValue } from './label-limit.js';
import { RequestWindow } from './request-window.js';

/** How requests and tenants in this process are followed. */
export interface ActivityTrackerOptions {
  /** How long a tenant counts as active after its last request, in ms. Default 300000 (5 minutes). */
  readonly windowMillis?: number | undefined;
  /** Most tenants followed by name; further ones are followed together as `__other__`. Default 10000. */
  readonly maxTenants?: number | undefined;
  /** Most tenants listed in a snapshot. Default 50. */
  readonly maxListedTenants?: number | undefined;
  /** Milliseconds clock. Default one that never goes back. */
  readonly clock?: Clock | undefined;
}

/** What a tracker has followed, since it was made. */
export interface ActivityTrackerStats {
  /** Requests begun. */
  readonly begun: number;
  /** Requests ended. */
  readonly ended: number;
  /** Requests followed as `__other__` because `maxTenants` was reached. */
  readonly folded: number;
  /** Tenants followed by name now. */
  readonly tenants: number;
}

/** An activity tracker of this process alone. */
export interface ProcessActivityTracker extends ActivityTracker {
  stats(): ActivityTrackerStats;
}

interface Entry {
  active: number;
  lastSeenAt: number;
  readonly window: RequestWindow;
}

const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now() };

/** A longer id is an attack or a mistake; it is followed as `__other__`. */
export const maxTenantIdLength = 256;

/**
 * Follows the requests of this process. Memory is bounded by `maxTenants`.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createActivityTracker(
  options: ActivityTrackerOptions = {},
): ProcessActivityTracker {
  const windowMillis = integerOption('windowMillis', options.windowMillis, 300_000, 10);
  const maxTenants = integerOption('maxTenants', options.maxTenants, 10_000, 1);
  const maxListed = integerOption('maxListedTenants', options.maxListedTenants, 50, 0);
  const clock = clockOption('clock', options.clock, steadyClock);

  const tenants = new Map<string, Entry>();
  let active = 0;
  let begun = 0;
  let ended = 0;
  let folded = 0;
  let prunedAt = -Infinity;

  const prune = (now: number): void => {
    prunedAt = now;
    for (const [id, entry] of tenants) {
      if (entry.active === 0 && now - entry.lastSeenAt > windowMillis) tenants.delete(id);
    }
  };

  const entryFor = (id: string, now: number): Entry => {
    const known = tenants.get(id);
    if (known) return known;
    if (id !== otherValue) {
      // At most once a slot: a flood of new tenants must not scan the map each time.
      if (tenants.size >= maxTenants && now - prunedAt >= windowMillis / 10) prune(now);
      if (tenants.size >= maxTenants || id.length > maxTenantIdLength) {
        folded++;
        return entryFor(otherValue, now);
      }
    }
    const entry: Entry = { active: 0, lastSeenAt: now, window: new RequestWindow(windowMillis) };
    tenants.set(id, entry);
    return entry;
  };

  const begin = (tenantId?: string): (() => void) => {
    const now = clock.now();
    const entry = entryFor(tenantOf(tenantId), now);
    entry.active++;
    entry.lastSeenAt = now;
    entry.window.add(now);
    active++;
    begun++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      entry.active--;
      entry.lastSeenAt = clock.now();
      active--;
      ended++;
    };
  };

  const snapshot = (): ActivitySnapshot => {
    const now = clock.now();
    prune(now);
    const list = [...tenants].map(([tenantId, entry]) => ({
      tenantId,
      activeRequests: entry.active,
      requests: entry.window.count(now),
      lastSeenAt: entry.active > 0 ? now : entry.lastSeenAt,
    }));
    return {
      activeRequests: active,
      activeTenants: list.length,
      windowMillis,
      tenants: list.sort(byActivity).slice(0, maxListed),
    };
  };

  return {
    begin,
    track: (fn, tenantId) => trackUntilEnd(fn, begin(tenantId)),
    snapshot: () => Promise.resolve(snapshot()),
    forget: (tenantId) => {
      const entry = tenants.get(tenantId);
      if (entry?.active === 0) tenants.delete(tenantId);
      else entry?.window.clear();
      return Promise.resolve();
    },
    stats: () => ({ begun, ended, folded, tenants: tenants.size }),
  };
}

/** The tenant to count under: the one given, else the request context's, else `unknown`. */
export function tenantOf(given: unknown): string {
  if (typeof given === 'string' && given !== '') return given;
  const tenantId: unknown = llmContext.getStore()?.tenantId;
  return typeof tenantId === 'string' && tenantId !== '' ? tenantId : unknownValue;
}
