import { MetricsConfigurationError, functionOption, integerOption } from './configuration.js';
import { type Clock, clockOption } from './configuration.js';
import { isAmount } from './inference-record.js';
import { unknownValue } from './label-limit.js';
import { type RedisClient, type RedisCommand, redisCommand } from './redis-client.js';

/** A limit on what may be spent in a day or month (UTC). */
export interface SpendBudget {
  /** Names it in events and in the store; letters, digits, `_` and `-`. */
  readonly name: string;
  readonly limitUsd: number;
  readonly period: 'daily' | 'monthly';
  /** Only this tenant's calls. Default all. */
  readonly tenantId?: string | undefined;
  /** Only calls of this model, as requested. Default all. */
  readonly model?: string | undefined;
  /** Whether each tenant has the limit for itself. Default false: they share it. */
  readonly perTenant?: boolean | undefined;
  /** Whether each model has the limit for itself. Default false: they share it. */
  readonly perModel?: boolean | undefined;
  /** Shares of the limit that are told of. Default 0.5, 0.8, 1. */
  readonly thresholds?: readonly number[] | undefined;
}

/** Spending that passed a threshold. */
export interface BudgetEvent {
  readonly budget: string;
  readonly threshold: number;
  readonly limitUsd: number;
  readonly spentUsd: number;
  /** Begin of the day or month, such as `2026-11-24` or `2026-11`. */
  readonly period: string;
  readonly tenantId: string | undefined;
  readonly model: string | undefined;
}

/** The budgets, and who hears that one is nearly spent. */
export interface SpendBudgetsOptions {
  readonly budgets: readonly SpendBudget[];
  /** Told once for each threshold, period, tenant and model; by one replica when they share a Redis. What it throws is counted. */
  readonly onThreshold: (event: BudgetEvent) => unknown;
  /** Keeps what was spent, for all replicas; without it each process counts for itself. */
  readonly redis?: RedisClient | undefined;
  /** Before every key. Default `llm:spend`. */
  readonly keyPrefix?: string | undefined;
  /** Most sums kept in the process; calls that would need more are not counted, but in `stats()`. Default 10000. */
  readonly maxSums?: number | undefined;
  /** Milliseconds clock. Default `Date`. */
  readonly clock?: Clock | undefined;
}

/** What the budgets have summed up, told and failed to share. */
export interface SpendBudgetsStats {
  /** Costs that were added to a budget. */
  readonly recorded: number;
  /** Costs not added because `maxSums` was reached, or no amount. */
  readonly dropped: number;
  /** `onThreshold` calls that threw or rejected. */
  readonly callbackFailures: number;
  /** Redis commands that failed; their amounts are sent again. */
  readonly redisFailures: number;
}

/** Sums of what model calls cost, by budget and period. */
export interface SpendBudgets {
  /** Adds a cost. Never throws. */
  record(
    costUsd: number,
    of: { readonly tenantId?: string | undefined; readonly model: string },
  ): void;
  /** Sends what is not in Redis yet; never rejects. */
  flush(): Promise<void>;
  stats(): SpendBudgetsStats;
}

interface Sum {
  readonly budget: SpendBudget;
  readonly period: string;
  readonly tenantId: string | undefined;
  readonly model: string | undefined;
  /** Total of this process, or the part of it that is not in Redis yet. */
  usd: number;
}

const retryMillis = 1000;
const monthMillis = 32 * 86_400_000;

/**
 * Sums up what is spent and calls back at thresholds, so that an alert can be raised. With Redis the
 * sum is shared and exactly one replica sees it pass a threshold; an amount whose answer was lost is
 * sent again, so a failing Redis may make the sum too high, never too low.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createSpendBudgets(options: SpendBudgetsOptions): SpendBudgets {
  const budgets = budgetsOption((options as Partial<SpendBudgetsOptions> | undefined)?.budgets);
  if (typeof options.onThreshold !== 'function') {
    throw new MetricsConfigurationError('onThreshold', options.onThreshold, 'a function');
  }
  const onThreshold = functionOption('onThreshold', options.onThreshold);
  const redis: RedisCommand | undefined = options.redis && redisCommand(options.redis);
  const prefix = options.keyPrefix ?? 'llm:spend';
  const maxSums = integerOption('maxSums', options.maxSums, 10_000, 1);
  const clock = clockOption('clock', options.clock, Date);
  const sums = new Map<string, Sum>();
  const stats = { recorded: 0, dropped: 0, callbackFailures: 0, redisFailures: 0 };
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let prunedDay = '';

  const tell = (sum: Sum, before: number, after: number): void => {
    const { budget, period, tenantId, model } = sum;
    for (const threshold of budget.thresholds ?? [0.5, 0.8, 1]) {
      const at = threshold * budget.limitUsd;
      if (before >= at || after < at) continue;
      try {
        const answer = onThreshold({
          budget: budget.name,
          threshold,
          limitUsd: budget.limitUsd,
          spentUsd: after,
          period,
          tenantId,
          model,
        });
        if (answer instanceof Promise) answer.catch(() => stats.callbackFailures++);
      } catch {
        stats.callbackFailures++;
      }
    }
  };

  const send = async (command: RedisCommand): Promise<void> => {
    for (const [key, sum] of [...sums]) {
      const usd = sum.usd;
      sums.delete(key);
      try {
        // Whole nano-dollars: sums of fractions would let two replicas, or none, see a threshold.
        const nanos = Math.round(usd * 1e9);
        const total = Number(await command('INCRBY', key, String(nanos)));
        await command('PEXPIRE', key, String(monthMillis)).catch(() => stats.redisFailures++);
        tell(sum, (total - nanos) / 1e9, total / 1e9);
      } catch {
        stats.redisFailures++;
        const newer = sums.get(key);
        if (newer) newer.usd += usd;
        else sums.set(key, sum);
        throw new Error('Redis did not take an amount');
      }
    }
  };

  const flush = async (): Promise<void> => {
    if (redis === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    flushing ??= send(redis)
      .catch(() => schedule(retryMillis))
      .finally(() => {
        flushing = undefined;
        if (sums.size > 0) schedule(retryMillis / 10);
      });
    await flushing;
  };

  const schedule = (millis: number): void => {
    if (timer || flushing) return;
    timer = setTimeout(() => void flush(), millis);
    timer.unref();
  };

  const add = (budget: SpendBudget, usd: number, tenant: string, model: string): void => {
    if (budget.tenantId !== undefined && budget.tenantId !== tenant) return;
    if (budget.model !== undefined && budget.model !== model) return;
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    if (day !== prunedDay && redis === undefined) {
      prunedDay = day;
      // Sums of periods that are over.
      for (const [key, { period }] of sums) if (!day.startsWith(period)) sums.delete(key);
    }
    const period = budget.period === 'daily' ? day : day.slice(0, 7);
    const tenantId = budget.perTenant === true ? tenant : budget.tenantId;
    const modelId = budget.perModel === true ? model : budget.model;
    const key = [prefix, budget.name, period, tenantId ?? '*', modelId ?? '*'].join(':');
    let sum = sums.get(key);
    if (sum === undefined) {
      if (sums.size >= maxSums) {
        stats.dropped++;
        return;
      }
      sums.set(key, (sum = { budget, period, tenantId, model: modelId, usd: 0 }));
    }
    const before = sum.usd;
    sum.usd += usd;
    stats.recorded++;
    if (redis === undefined) tell(sum, before, sum.usd);
    else schedule(0);
  };

  return {
    record(costUsd, { tenantId = unknownValue, model }) {
      if (!isAmount(costUsd)) {
        stats.dropped++;
        return;
      }
      if (costUsd === 0) return;
      for (const budget of budgets) add(budget, costUsd, tenantId, model);
    },
    flush,
    stats: () => ({ ...stats }),
  };
}

function budgetsOption(budgets: unknown): readonly SpendBudget[] {
  if (!Array.isArray(budgets)) {
    throw new MetricsConfigurationError('budgets', budgets, 'a list of budgets');
  }
  const names = new Set<string>();
  return (budgets as Partial<SpendBudget>[]).map((budget, i) => {
    const refuse = (field: keyof SpendBudget, expected: string): never => {
      throw new MetricsConfigurationError(`budgets[${i}].${field}`, budget[field], expected);
    };
    const { name, limitUsd, period, thresholds = [] } = budget;
    if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name)) {
      refuse('name', 'letters, digits, _ and -');
    } else if (names.has(name)) refuse('name', 'different from the other names');
    else names.add(name);
    if (!isAmount(limitUsd) || limitUsd === 0) refuse('limitUsd', 'an amount above 0');
    if (period !== 'daily' && period !== 'monthly') refuse('period', 'daily or monthly');
    if (!Array.isArray(thresholds) || !thresholds.every((one) => isAmount(one) && one > 0)) {
      refuse('thresholds', 'shares above 0');
    }
    return { ...budget } as SpendBudget;
  });
}
