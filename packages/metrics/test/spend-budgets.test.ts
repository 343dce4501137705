import { Redis } from 'ioredis';
import { startRedis, type Service } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BudgetEvent,
  MetricsConfigurationError,
  type SpendBudget,
  type SpendBudgetsOptions,
  createSpendBudgets,
} from '../src/index.js';

const daily: SpendBudget = { name: 'day', limitUsd: 10, period: 'daily' };

function create(budgets: SpendBudget[], options: Partial<SpendBudgetsOptions> = {}) {
  const events: BudgetEvent[] = [];
  const spend = createSpendBudgets({
    budgets,
    onThreshold: (event) => events.push(event),
    ...options,
  });
  return { spend, events };
}

describe('budgets in the process', () => {
  it('tell of each threshold once, the ones passed in one step too', () => {
    const { spend, events } = create([daily]);
    for (const usd of [4, 0.9, 0.2, 5, 1]) spend.record(usd, { model: 'm' });
    expect(events.map(({ threshold }) => threshold)).toEqual([0.5, 0.8, 1]);
    expect(events[1]).toMatchObject({ budget: 'day', limitUsd: 10, tenantId: undefined });
    expect(events[1]!.spentUsd).toBeCloseTo(10.1, 9);
  });

  it('begin again with the day or the month, by UTC', () => {
    let now = Date.UTC(2026, 0, 31, 23, 59);
    const monthly: SpendBudget = { ...daily, name: 'month', period: 'monthly', thresholds: [1] };
    const clock = { now: () => now };
    const { spend, events } = create([{ ...daily, thresholds: [1] }, monthly], { clock });
    spend.record(10, { model: 'm' });
    now += 120_000;
    spend.record(9, { model: 'm' });
    spend.record(1, { model: 'm' });
    expect(events.map(({ budget, period }) => `${budget} ${period}`)).toEqual([
      'day 2026-01-31',
      'month 2026-01',
      'day 2026-02-01',
      'month 2026-02',
    ]);
  });

  it('are of one tenant or model, or of each for itself', () => {
    const { spend, events } = create([
      { ...daily, name: 'acme', tenantId: 'acme', thresholds: [1] },
      { ...daily, name: 'each', perTenant: true, perModel: true, thresholds: [1] },
      { ...daily, name: 'large', model: 'large', thresholds: [1] },
    ]);
    spend.record(6, { tenantId: 'acme', model: 'small' });
    spend.record(6, { tenantId: 'acme', model: 'large' });
    spend.record(6, { tenantId: 'other', model: 'large' });
    spend.record(6, { tenantId: 'other', model: 'large' });
    expect(events.map(({ budget, tenantId, model }) => [budget, tenantId, model])).toEqual([
      ['acme', 'acme', undefined],
      ['large', undefined, 'large'],
      ['each', 'other', 'large'],
    ]);
  });

  it('never throw at who records, and keep a bounded number of sums', () => {
    const { spend } = create([{ ...daily, perTenant: true }], {
      maxSums: 2,
      onThreshold: () => {
        throw new Error('pager');
      },
    });
    for (const tenantId of ['a', 'b', 'c']) spend.record(100, { tenantId, model: 'm' });
    for (const bad of [NaN, -1, '5' as never]) spend.record(bad, { model: 'm' });
    expect(spend.stats()).toMatchObject({ recorded: 2, dropped: 4, callbackFailures: 6 });
  });
});

describe('budgets in Redis', () => {
  let redis: Service;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis({ breakable: true });
    client = new Redis(redis.url, { retryStrategy: () => 50, maxRetriesPerRequest: 0 });
    client.on('error', () => {});
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  it('are shared by replicas, of which exactly one sees each threshold', async () => {
    const options = { redis: client, keyPrefix: 'shared' };
    const replicas = [1, 2, 3].map(() => create([daily], options));
    for (let i = 0; i < 100; i++) {
      for (const { spend } of replicas) spend.record(0.1, { model: 'm' });
      if (i % 7 === 0) await Promise.all(replicas.map(({ spend }) => spend.flush()));
    }
    await expect
      .poll(async () => {
        await Promise.all(replicas.map(({ spend }) => spend.flush()));
        const [key] = await client.keys('shared:*');
        return Number(await client.get(key!));
      })
      .toBe(30e9);
    const thresholds = replicas.flatMap(({ events }) => events.map(({ threshold }) => threshold));
    expect(thresholds.sort()).toEqual([0.5, 0.8, 1]);
    const [key] = await client.keys('shared:*');
    expect(await client.pttl(key!)).toBeGreaterThan(0);
  });

  it('lose nothing while Redis is away', async () => {
    const { spend, events } = create([daily], { redis: client, keyPrefix: 'away' });
    await redis.kill();
    spend.record(6, { model: 'm' });
    await spend.flush();
    await expect.poll(() => spend.stats().redisFailures).toBeGreaterThan(0);
    spend.record(3, { model: 'm' });
    await redis.start();
    await expect
      .poll(
        async () => {
          await spend.flush();
          return events.map(({ threshold }) => threshold);
        },
        { timeout: 15_000 },
      )
      .toEqual([0.5, 0.8]);
  }, 30_000);
});

describe('configuration', () => {
  it.each([
    ['budgets', { budgets: {} }],
    ['budgets[0].name', { budgets: [{ ...daily, name: 'a:b' }] }],
    ['budgets[1].name', { budgets: [daily, daily] }],
    ['budgets[0].limitUsd', { budgets: [{ ...daily, limitUsd: 0 }] }],
    ['budgets[0].period', { budgets: [{ ...daily, period: 'weekly' }] }],
    ['budgets[0].thresholds', { budgets: [{ ...daily, thresholds: [-1] }] }],
    ['onThreshold', { budgets: [], onThreshold: 1 }],
    ['maxSums', { budgets: [], maxSums: 0 }],
    ['client', { budgets: [], redis: {} }],
  ])('refuses a bad %s', (option, options) => {
    const make = () => create([], options as never);
    expect(make).toThrow(MetricsConfigurationError);
    expect(make).toThrow(`${option} must be`);
  });
});
