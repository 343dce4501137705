import { PostgresStore } from '@llm/alerting/postgres';
import { createRedisActivityTracker, deleteTenantRows } from '@llm/metrics';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { SharedRequests } from '../requests/shared-requests.js';

/** What was erased where it is kept; what running processes remember they erase themselves. */
export interface Erased {
  readonly mappings: number;
  readonly alerts: number;
  /** Of the list that replicas share; null where there is no Redis. */
  readonly requests: number | null;
}

/** Erases a tenant from the database and from Redis. */
export async function eraseTenant(
  pool: pg.Pool,
  redis: Redis | undefined,
  tenant: string,
): Promise<Erased> {
  const mappings = await deleteTenantRows(pool, tenant);
  const alerts = await new PostgresStore({ db: pool }).erase({ tenant });
  if (redis === undefined) return { mappings, alerts, requests: null };
  const activity = createRedisActivityTracker({ client: redis, keyPrefix: 'reference' });
  const requests = new SharedRequests(redis, 'reference:requests');
  await activity.forget(tenant);
  const erased = { mappings, alerts, requests: await requests.forget(tenant) };
  await Promise.all([activity.close(), requests.close()]);
  return erased;
}
