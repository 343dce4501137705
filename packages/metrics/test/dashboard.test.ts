import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { startPostgres, startRedis, type Service } from 'test-services';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BusinessMetricsDashboard,
  type BusinessMetricsDashboardOptions,
  MetricsConfigurationError,
  createActivityTracker,
  createRedisActivityTracker,
  dashboardSchema,
  isFailedPart,
  migrateDashboard,
} from '../src/index.js';

let postgres: Service;
let pool: Pool;
const poolErrors: Error[] = [];

const hourMillis = 3_600_000;

function dashboard(options: Partial<BusinessMetricsDashboardOptions> = {}) {
  return new BusinessMetricsDashboard({
    activity: createActivityTracker(),
    db: pool,
    cacheMillis: 0,
    ...options,
  });
}

interface Mapping {
  readonly ageMillis?: number;
  readonly confidence?: number;
  readonly severity?: string;
  readonly framework?: string;
  readonly tenant?: string;
}

async function insertMapping({
  ageMillis = 0,
  confidence = 0.9,
  severity = 'high',
  framework = 'GDPR',
  tenant = 't',
}: Mapping): Promise<void> {
  await pool.query(
    `insert into compliance_mappings (created_at, correlation_id, tenant_id, detector, framework,
       framework_version, control, category, severity, confidence, text_hmac)
     values (now() - make_interval(secs => $1), 'c', $5, 'pii', $2, '2016', 'Art. 32', 'email', $3, $4, 'h')`,
    [ageMillis / 1000, framework, severity, confidence, tenant],
  );
}

async function insertCalls(model: string, durations: number[], status: string, ageMillis = 1000) {
  await pool.query(
    `insert into model_calls (model, started_at, duration_ms, status)
     select $1, now() - make_interval(secs => $4), d, $3 from unnest($2::float8[]) as d`,
    [model, durations, status, ageMillis / 1000],
  );
}

beforeAll(async () => {
  postgres = await startPostgres({ breakable: true });
  pool = new Pool({ connectionString: postgres.url, max: 5 });
  pool.on('error', (error) => poolErrors.push(error));
  await migrateDashboard(pool);
}, 60_000);

beforeEach(async () => {
  await pool.query('truncate compliance_mappings, model_calls');
});

afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

describe('the schema', () => {
  it('can be applied again, and by several replicas at once', async () => {
    const tables = { mappingsTable: 'public.fresh_mappings', modelCallsTable: 'FreshCalls' };
    await Promise.all(Array.from({ length: 5 }, () => migrateDashboard(pool, tables)));
    await insertMapping({});
    await migrateDashboard(pool);
    expect((await pool.query('select 1 from compliance_mappings')).rowCount).toBe(1);
    const part = await dashboard(tables).getModelPerformance();
    expect(part).toEqual({ windowMillis: hourMillis, models: [] });
  });

  it('sums up a table that has rows already, once', async () => {
    const tables = { mappingsTable: 'old_mappings', modelCallsTable: 'old_calls' };
    await pool.query('create table old_mappings (like compliance_mappings including all)');
    const insert = (confidence: number) =>
      pool.query(
        `insert into old_mappings (detector, framework, framework_version, control, category, severity, confidence, text_hmac)
         values ('d', 'f', '1', 'c', 'c', 'low', $1, 'h')`,
        [confidence],
      );
    await insert(0.5);
    await migrateDashboard(pool, tables);
    await migrateDashboard(pool, tables);
    await insert(1);
    expect(await dashboard(tables).getComplianceScore()).toMatchObject({
      overallScore: 0.75,
      highConfidenceRatio: 0.5,
      totalMappings: 2,
    });
  });

  it('keeps sums that agree with the rows, whatever is inserted, changed, deleted or rolled back', async () => {
    const severities = ['low', 'medium', 'high', 'critical'];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const one = async (): Promise<void> => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        for (let i = 0; i < 5; i++) {
          await client.query(
            `insert into compliance_mappings (created_at, detector, framework, framework_version, control,
               category, severity, confidence, text_hmac)
             select now() - make_interval(mins => i * 7), 'd', 'f' || i % 3, '1', 'c', 'c', $1, $2, 'h'
               from generate_series(1, 220) as i`,
            [severities[random(4)], random(101) / 100],
          );
        }
        await client.query(random(4) === 0 ? 'rollback' : 'commit');
        await client.query(
          `update compliance_mappings set severity = $1, created_at = created_at - interval '3 minutes', confidence = $3
            where id in (select id from compliance_mappings where id % 10 = $2 order by id for update skip locked)`,
          [severities[random(4)], random(10), random(101) / 100],
        );
        await client.query(
          `delete from compliance_mappings
            where id in (select id from compliance_mappings where id % 10 = $1 order by id for update skip locked)`,
          [random(10)],
        );
      } finally {
        client.release();
      }
    };
    for (let round = 0; round < 5; round++) await Promise.all([one(), one(), one()]);
    const { rows } = await pool.query<Record<string, number>>(
      `select count(*)::int as total, avg(confidence) as mean, avg((confidence > 0.8)::int)::float8 as high
         from compliance_mappings where created_at >= now() - interval '24 hours'`,
    );
    const score = await dashboard().getComplianceScore();
    if (isFailedPart(score)) throw new Error(score.error.message);
    expect(rows[0]!['total']).toBeGreaterThan(1000);
    expect(score.totalMappings).toBe(rows[0]!['total']);
    expect(score.overallScore).toBeCloseTo(rows[0]!['mean']!, 9);
    expect(score.highConfidenceRatio).toBeCloseTo(rows[0]!['high']!, 9);
    const cells = await pool.query<{ mappings: number }>(
      `select count(*)::int as mappings from compliance_mappings
        where created_at >= now() - interval '24 hours'
        group by date_trunc('hour', created_at, 'UTC'), severity, framework
        order by date_trunc('hour', created_at, 'UTC') desc, severity, framework`,
    );
    const trends = await dashboard().getRiskTrends();
    if (isFailedPart(trends)) throw new Error(trends.error.message);
    expect(trends.cells.map(({ mappings }) => mappings).reverse()).toEqual(
      cells.rows.map(({ mappings }) => mappings),
    );
  });

  it.each(['a; drop table x', 'a"b', '', 'a.b.c', '1a', 'x'.repeat(41), 5])(
    'refuses the table name %j',
    (name) => {
      const build = () => dashboardSchema({ mappingsTable: name as never });
      expect(build).toThrow(MetricsConfigurationError);
      expect(build).toThrow('mappingsTable must be');
      expect(() => dashboard({ modelCallsTable: name as never })).toThrow(
        'modelCallsTable must be',
      );
    },
  );
});

describe('the parts', () => {
  it('have null scores and empty lists when there is no row', async () => {
    expect(await dashboard().getRealtimeMetrics()).toEqual({
      activeRequests: 0,
      complianceScore: {
        overallScore: null,
        highConfidenceRatio: null,
        totalMappings: 0,
        windowMillis: 24 * hourMillis,
      },
      modelPerformance: { windowMillis: hourMillis, models: [] },
      tenantActivity: { activeTenants: 0, windowMillis: 300_000, tenants: [] },
      riskTrends: {
        windowMillis: 24 * hourMillis,
        cells: [],
        byHour: [],
        bySeverity: {},
        byFramework: {},
        truncated: false,
      },
    });
  });

  it('score the last 24 hours: mean confidence, and the share strictly above 0.8', async () => {
    for (const confidence of [0.8, 0.9, 1, 0.5]) await insertMapping({ confidence });
    await insertMapping({ confidence: 0, ageMillis: 24.1 * hourMillis });
    const score = await dashboard().getComplianceScore();
    if (isFailedPart(score)) throw new Error(score.error.message);
    expect(score.overallScore).toBeCloseTo(0.8, 10);
    expect(score).toMatchObject({ highConfidenceRatio: 0.5, totalMappings: 4 });
  });

  it('tell calls, errors, percentiles and throughput of each model, as numbers', async () => {
    const durations = Array.from({ length: 100 }, (_, i) => i + 1);
    await insertCalls('large', durations, 'success');
    await insertCalls('large', [50, 50], 'error');
    await insertCalls('small', [7], 'ok');
    await insertCalls('small', [1000], 'success', 2 * hourMillis);
    const performance = await dashboard().getModelPerformance();
    if (isFailedPart(performance)) throw new Error(performance.error.message);
    const [large, small] = performance.models;
    expect(large).toMatchObject({ model: 'large', calls: 102, errors: 2, p50Millis: 50 });
    expect(large!.errorRate).toBeCloseTo(2 / 102, 10);
    expect(large!.p95Millis).toBeCloseTo(94.95, 6);
    expect(large!.p99Millis).toBeCloseTo(98.99, 6);
    expect(large!.throughputPerSecond).toBeCloseTo(102 / 3600, 10);
    expect(small).toMatchObject({
      model: 'small',
      calls: 1,
      errors: 0,
      errorRate: 0,
      p99Millis: 7,
    });
  });

  it('count risk by UTC hour, severity and framework', async () => {
    await insertMapping({ ageMillis: 2 * hourMillis, severity: 'critical', framework: 'HIPAA' });
    await insertMapping({});
    await insertMapping({});
    await insertMapping({ ageMillis: 30 * hourMillis });
    const trends = await dashboard().getRiskTrends();
    if (isFailedPart(trends)) throw new Error(trends.error.message);
    expect(trends.bySeverity).toEqual({ critical: 1, high: 2 });
    expect(trends.byFramework).toEqual({ HIPAA: 1, GDPR: 2 });
    expect(trends.byHour.map(({ mappings }) => mappings)).toEqual([1, 2]);
    const [first, last] = trends.byHour.map(({ hour }) => Date.parse(hour));
    expect(last! - first!).toBe(2 * hourMillis);
    expect(last! % hourMillis).toBe(0);
    expect(trends.cells.at(-1)).toMatchObject({ severity: 'high', framework: 'GDPR', mappings: 2 });
  });

  it('show a tenant the mappings that are its own, those of the last 24 hours, and nothing of others', async () => {
    for (const tenant of ['acme', 'globex']) {
      await insertMapping({ tenant, confidence: 0.9, ageMillis: hourMillis });
      await insertMapping({ tenant, confidence: 0.1, ageMillis: 25 * hourMillis });
    }
    await insertMapping({ tenant: 'acme', confidence: 0.6, severity: 'critical' });
    await insertMapping({ tenant: 'globex', confidence: 0.2, framework: 'SOC2' });
    const parts = dashboard();
    const acme = await parts.getTenantMetrics('acme');
    expect(acme).toMatchObject({
      tenantId: 'acme',
      complianceScore: { highConfidenceRatio: 0.5, totalMappings: 2 },
      riskTrends: {
        bySeverity: { high: 1, critical: 1 },
        byFramework: { GDPR: 2 },
        truncated: false,
      },
    });
    expect(acme.complianceScore).toHaveProperty('overallScore', expect.closeTo(0.75));
    expect(await parts.getTenantMetrics('globex')).toMatchObject({
      riskTrends: { byFramework: { GDPR: 1, SOC2: 1 } },
    });
    for (const none of ["' or true --", '', 'ACME', '%']) {
      expect(await parts.getTenantMetrics(none)).toMatchObject({
        complianceScore: { overallScore: null, totalMappings: 0 },
        riskTrends: { cells: [] },
      });
    }
  });

  it.each([undefined, null, 7])('are refused to a tenant that is none: %s', async (none) => {
    const asked = dashboard().getTenantMetrics(none as unknown as string);
    await expect(asked).rejects.toThrow(new RegExp(`tenantId.*${String(none)}`));
  });

  it('are read once for the viewers of a tenant, and kept for so many tenants', async () => {
    let queries = 0;
    const db = { query: () => Promise.resolve({ rows: [] }).finally(() => (queries += 1)) };
    const parts = dashboard({ db, cacheMillis: 60_000 });
    await Promise.all([parts.getTenantMetrics('acme'), parts.getTenantMetrics('acme')]);
    await parts.getTenantMetrics('globex');
    expect(queries).toBe(4);
    expect(parts.stats()).toMatchObject({
      complianceScore: { reads: 2, shared: 1 },
      riskTrends: { reads: 2, shared: 1 },
    });
    for (let n = 0; n < 999; n += 1) {
      await parts.getTenantMetrics(`t${n}`);
      await parts.getTenantMetrics('globex');
    }
    queries = 0;
    await parts.getTenantMetrics('globex');
    expect(queries).toBe(0);
    await parts.getTenantMetrics('acme');
    expect(queries).toBe(2);
  });

  it('show requests in progress and tenants of the tracker, read once for both', async () => {
    const tracker = createActivityTracker();
    let snapshots = 0;
    const activity = {
      snapshot: () => {
        snapshots++;
        return tracker.snapshot();
      },
    };
    tracker.begin('acme');
    const board = dashboard({ activity });
    const { activeRequests, tenantActivity } = await board.getRealtimeMetrics();
    expect(activeRequests).toBe(1);
    expect(tenantActivity).toMatchObject({ activeTenants: 1, tenants: [{ tenantId: 'acme' }] });
    expect(await board.getActiveRequests()).toBe(1);
    expect(snapshots).toBe(2);
  });
});

describe('a part that fails', () => {
  it('is marked and leaves the others alone, and the mark names no secret', async () => {
    const seen: [string, unknown][] = [];
    const board = dashboard({
      modelCallsTable: 'not_there',
      activity: {
        snapshot: () => {
          throw new Error('redis://user:secret@host is down');
        },
      },
      onError: (error, part) => {
        seen.push([part, error]);
        throw new Error('reporter');
      },
    });
    const metrics = await board.getRealtimeMetrics();
    expect(metrics.modelPerformance).toEqual({
      error: {
        part: 'modelPerformance',
        kind: 'unavailable',
        message: 'the source of this part failed',
        code: '42P01',
      },
    });
    expect(isFailedPart(metrics.activeRequests)).toBe(true);
    expect(isFailedPart(metrics.tenantActivity)).toBe(true);
    expect(JSON.stringify(metrics)).not.toContain('secret');
    expect(metrics.complianceScore).toMatchObject({ totalMappings: 0 });
    expect(seen.map(([part]) => part).sort()).toEqual([
      'activeRequests',
      'modelPerformance',
      'tenantActivity',
    ]);
    expect(board.stats().modelPerformance).toEqual({ reads: 1, shared: 0, failures: 1 });
  });

  it('is given up at its deadline, and a source that hangs is not asked again and again', async () => {
    let queries = 0;
    const db = {
      query: (sql: string, params?: unknown[]) => {
        if (sql.includes('model_calls')) {
          queries++;
          return new Promise<never>(() => {});
        }
        return pool.query(sql, params);
      },
    };
    const board = dashboard({ db, deadlineMillis: 300 });
    const startedAt = performance.now();
    const metrics = await board.getRealtimeMetrics();
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(metrics.modelPerformance).toMatchObject({ error: { kind: 'timeout' } });
    expect(metrics.complianceScore).toMatchObject({ totalMappings: 0 });
    for (let i = 0; i < 10; i++) {
      expect(await board.getModelPerformance()).toMatchObject({ error: { kind: 'timeout' } });
    }
    expect(queries).toBe(1);
  });

  it.each(['not a number', null, Number.NaN])(
    'is one whose source answers %j for a number',
    async (total) => {
      const db = { query: async () => ({ rows: [{ total, overall: 1, high: 1 }] }) };
      expect(isFailedPart(await dashboard({ db }).getComplianceScore())).toBe(true);
    },
  );
});

describe('many viewers', () => {
  it('cost one query a part while the answer is fresh', async () => {
    let queries = 0;
    const db = {
      query: (sql: string, params?: unknown[]) => {
        queries++;
        return pool.query(sql, params);
      },
    };
    const board = dashboard({ db, cacheMillis: 150 });
    await Promise.all(Array.from({ length: 100 }, () => board.getRealtimeMetrics()));
    await board.getRealtimeMetrics();
    expect(queries).toBe(3);
    expect(board.stats().riskTrends).toEqual({ reads: 1, shared: 100, failures: 0 });
    await insertMapping({});
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await board.getComplianceScore()).toMatchObject({ totalMappings: 1 });
    expect(queries).toBe(4);
  });
});

describe('a Postgres that is killed and started again while polled', () => {
  it('gives marked parts, no exception, and answers again', async () => {
    await insertMapping({});
    const board = dashboard({ deadlineMillis: 500 });
    expect(await board.getComplianceScore()).toMatchObject({ totalMappings: 1 });

    await postgres.kill();
    for (let i = 0; i < 5; i++) {
      const metrics = await board.getRealtimeMetrics();
      expect(isFailedPart(metrics.complianceScore)).toBe(true);
      expect(isFailedPart(metrics.modelPerformance)).toBe(true);
      expect(isFailedPart(metrics.riskTrends)).toBe(true);
      expect(metrics.activeRequests).toBe(0);
    }
    expect(board.stats().complianceScore.failures).toBe(5);

    await postgres.start();
    await expect
      .poll(() => board.getComplianceScore(), { timeout: 10_000 })
      .toMatchObject({ totalMappings: 1 });
    expect(isFailedPart((await board.getRealtimeMetrics()).riskTrends)).toBe(false);
  }, 30_000);
});

describe('a Redis that is killed and started again while polled', () => {
  it('marks the parts that it feeds, no exception, and they answer again', async () => {
    const redis = await startRedis({ breakable: true });
    const client = new Redis(redis.url, { retryStrategy: () => 50, maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    const activity = createRedisActivityTracker({ client, commandDeadlineMillis: 300 });
    try {
      activity.begin('acme');
      const board = dashboard({ activity, deadlineMillis: 1000 });
      await expect.poll(() => board.getActiveRequests()).toBe(1);
      await redis.kill();
      for (let i = 0; i < 5; i++) {
        const metrics = await board.getRealtimeMetrics();
        expect(isFailedPart(metrics.activeRequests)).toBe(true);
        expect(isFailedPart(metrics.tenantActivity)).toBe(true);
        expect(isFailedPart(metrics.complianceScore)).toBe(false);
      }
      await redis.start();
      await expect.poll(() => board.getActiveRequests(), { timeout: 15_000 }).toBe(1);
    } finally {
      await activity.close();
      client.disconnect();
      await redis.stop();
    }
  }, 30_000);
});

describe('configuration', () => {
  it.each([
    ['activity', { activity: null }],
    ['db', { db: {} }],
    ['deadlineMillis', { deadlineMillis: 0 }],
    ['cacheMillis', { cacheMillis: -1 }],
    ['maxModels', { maxModels: 1.5 }],
    ['modelWindowMillis', { modelWindowMillis: 'hour' }],
    ['successStatuses', { successStatuses: 'ok' }],
    ['onError', { onError: 1 }],
  ])('is refused with a bad %s', (option, options) => {
    const create = () => dashboard(options as never);
    expect(create).toThrow(MetricsConfigurationError);
    expect(create).toThrow(`${option} must be`);
  });
});
