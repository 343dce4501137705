/** What one tenant is doing. */
export interface TenantActivity {
  readonly tenantId: string;
  /** Requests in progress now. */
  readonly activeRequests: number;
  /** Requests begun in the window, to a tenth of the window. */
  readonly requests: number;
  /** When a request last began, went on or ended; epoch milliseconds. */
  readonly lastSeenAt: number;
}

/** Activity of all replicas that share a tracker, at one moment. */
export interface ActivitySnapshot {
  /** Requests in progress now. */
  readonly activeRequests: number;
  /** Tenants with a request in progress now or within the window. */
  readonly activeTenants: number;
  readonly windowMillis: number;
  /** The busiest tenants first, at most `maxListedTenants`. */
  readonly tenants: readonly TenantActivity[];
}

/** Where the dashboard and `active_tenants_count` read activity; a tracker is one. */
export interface ActivitySource {
  /** Rejects when the shared store cannot be read. */
  snapshot(): Promise<ActivitySnapshot>;
}

/** Follows requests from begin to end. `begin`, its `end` and `track` never throw an error of their own. */
export interface ActivityTracker extends ActivitySource {
  /** Marks the begin of a request; the tenant defaults to the request context's. Call the result once, at its end. */
  begin(tenantId?: string): () => void;
  /** Runs `fn` as a request: until it returns, or the promise it returned settles. */
  track<T>(fn: () => T, tenantId?: string): T;
  /** Forgets a tenant and what it did; what it is doing is counted on. Rejects when the shared store cannot be reached. */
  forget(tenantId: string): Promise<void>;
}

/** Orders tenants for a snapshot: requests in progress, then requests in the window, then the latest. */
export function byActivity(a: TenantActivity, b: TenantActivity): number {
  return (
    b.activeRequests - a.activeRequests ||
    b.requests - a.requests ||
    b.lastSeenAt - a.lastSeenAt ||
    (a.tenantId < b.tenantId ? -1 : 1)
  );
}

/** Runs `fn`, and `end` when it is over. */
export function trackUntilEnd<T>(fn: () => T, end: () => void): T {
  let result: T;
  try {
    result = fn();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) return result.finally(end) as T;
  end();
  return result;
}
