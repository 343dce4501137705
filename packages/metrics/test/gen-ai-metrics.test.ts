import { channel } from 'node:diagnostics_channel';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type GenAiMetrics,
  type GenAiMetricsOptions,
  type InferenceEnd,
  MetricsConfigurationError,
  createBusinessMetrics,
  createGenAiMetrics,
} from '../src/index.js';
import { llmContext } from '../src/context.js';
import { valueOf } from './exposition.js';

const inference = channel('llm:inference');
const created: GenAiMetrics[] = [];

function create(options: GenAiMetricsOptions = {}): GenAiMetrics {
  const metrics = createGenAiMetrics(options);
  created.push(metrics);
  return metrics;
}

const call = {
  version: 1,
  id: 'a',
  provider: 'openai',
  operation: 'chat',
  requestModel: 'gpt-4o',
} as const;

const ended: InferenceEnd = {
  ...call,
  event: 'end',
  responseModel: 'gpt-4o-2024-08-06',
  durationMillis: 1100,
  timeToFirstChunkMillis: 100,
  outputChunks: 11,
  usage: { inputTokens: 1000, outputTokens: 200, cacheReadInputTokens: 400, reasoningTokens: 50 },
};

afterEach(() => {
  for (const metrics of created.splice(0)) metrics.close();
});

describe('records on the channel', () => {
  it('become tokens, durations, chunk times and cost', async () => {
    const metrics = create();
    inference.publish({ ...call, event: 'start' });
    expect(
      valueOf(await metrics.registry.metrics(), 'gen_ai_client_active_requests', {
        gen_ai_request_model: 'gpt-4o',
      }),
    ).toBe(1);
    llmContext.run({ tenantId: 'acme' }, () => inference.publish(ended));
    const text = await metrics.registry.metrics();
    const value = (name: string, labels = {}) => valueOf(text, `gen_ai_client_${name}`, labels);
    expect(value('active_requests')).toBe(0);
    expect(value('token_usage_sum', { gen_ai_token_type: 'input' })).toBe(1000);
    expect(value('token_usage_sum', { gen_ai_token_type: 'output' })).toBe(200);
    expect(value('operation_duration_seconds_sum', { error_type: 'none' })).toBeCloseTo(1.1, 9);
    expect(value('operation_time_to_first_chunk_seconds_sum')).toBeCloseTo(0.1, 9);
    expect(value('operation_time_per_output_chunk_seconds_sum')).toBeCloseTo(0.1, 9);
    // 600 at 2.5, 400 cached at 1.25, 200 at 10 dollars a million.
    expect(value('cost_usd_total', { tenant_id: 'acme' })).toBeCloseTo(0.004, 12);
    expect(metrics.stats()).toMatchObject({ calls: 1, usageMissing: 0, invalidRecords: 0 });
  });

  it('have no cost when the model or the usage is unknown: a count of it, never 0', async () => {
    const metrics = create();
    inference.publish({ ...ended, requestModel: 'mystery', responseModel: undefined });
    inference.publish({ ...ended, usage: undefined });
    inference.publish({ ...ended, usage: { inputTokens: NaN }, errorType: 'timeout' });
    const text = await metrics.registry.metrics();
    expect(text).not.toMatch(/^gen_ai_client_cost_usd_total/m);
    const unknown = (reason: string) =>
      valueOf(text, 'gen_ai_client_cost_unknown_total', { reason });
    expect([unknown('unknown_model'), unknown('usage_missing')]).toEqual([1, 2]);
    expect(
      valueOf(text, 'gen_ai_client_operation_duration_seconds_count', { error_type: 'timeout' }),
    ).toBe(1);
    expect(metrics.stats()).toMatchObject({ calls: 3, usageMissing: 2 });
  });

  it('are counted once for each set of metrics, until it is closed', () => {
    const [a, b] = [create(), create({ subscribe: false })];
    inference.publish(ended);
    a.close();
    inference.publish(ended);
    expect([a.stats().calls, b.stats().calls]).toEqual([1, 0]);
    b.record(ended);
    expect(b.stats().calls).toBe(1);
  });

  it('may be anything: nothing is thrown at the publisher, and what is no record is counted', () => {
    const metrics = create({ subscribe: false });
    const field = fc.anything({ withBigInt: true, withNullPrototype: true });
    fc.assert(
      fc.property(
        fc.oneof(
          field,
          fc.record({ ...Object.fromEntries(Object.keys(ended).map((key) => [key, field])) }),
          fc.record({ durationMillis: field, usage: field, outputChunks: field, tenantId: field, timeToFirstChunkMillis: field }).map((odd) => ({ ...ended, ...odd })), // prettier-ignore
        ),
        (message) => metrics.record(message),
      ),
      { numRuns: 500 },
    );
    const before = metrics.stats().invalidRecords;
    for (const bad of [null, 1, {}, { ...ended, version: 2 }, { ...ended, durationMillis: -1 }]) {
      metrics.record(bad);
    }
    expect(metrics.stats().invalidRecords - before).toBe(5);
  });

  it('do not fill the memory when ends never come, and an end without a start is counted', async () => {
    const metrics = create({ subscribe: false });
    for (let i = 0; i < 10_100; i++) metrics.record({ ...call, event: 'start', id: `${i}` });
    const active = async () =>
      valueOf(await metrics.registry.metrics(), 'gen_ai_client_active_requests');
    expect(await active()).toBe(10_000);
    metrics.record({ ...ended, id: 'never begun' });
    expect(await active()).toBe(10_000);
    expect(metrics.stats().calls).toBe(1);
  });
});

describe('evaluations', () => {
  it('are counted by verdict and observed by score', async () => {
    const metrics = create();
    metrics.recordEvaluation({ name: 'relevance', score: 0.9, label: 'pass', model: 'gpt-4o' });
    metrics.recordEvaluation({ name: 'user_feedback', label: 'thumbs_down' });
    for (const bad of [{ name: '' }, { name: 'x', score: 2 }, null, { score: 1 }]) {
      metrics.recordEvaluation(bad as never);
    }
    const text = await metrics.registry.metrics();
    expect(valueOf(text, 'gen_ai_evaluation_score_sum')).toBe(0.9);
    expect(
      valueOf(text, 'gen_ai_evaluations_total', { gen_ai_evaluation_score_label: 'thumbs_down' }),
    ).toBe(1);
    expect(metrics.stats().invalidEvaluations).toBe(4);
  });
});

describe('configuration', () => {
  it('shares a registry with the business metrics', async () => {
    const business = createBusinessMetrics();
    const metrics = create({ registry: business.registry });
    metrics.record(ended);
    business.detectorRequests.inc({ detector_type: 'd', status: 's' });
    const text = await business.registry.metrics();
    expect(valueOf(text, 'gen_ai_client_token_usage_count', { gen_ai_token_type: 'input' })).toBe(
      1,
    );
    expect(() => create({ registry: business.registry })).toThrow(/gen_ai_client_token_usage/);
  });

  it('tells budgets of costs', () => {
    const record = vi.fn();
    create({ budgets: { record }, subscribe: false }).record({ ...ended, tenantId: 't' });
    expect(record).toHaveBeenCalledWith(expect.closeTo(0.004, 12), {
      tenantId: 't',
      model: 'gpt-4o',
    });
  });

  it.each([
    ['prices', { prices: { models: {} } }],
    [
      'prices.models.a/b',
      { prices: { version: '1', models: { 'a/b': { input: -1, output: 1 } } } },
    ],
    ['prices.models', { prices: { version: '1', models: { b: { input: 1, output: 1 } } } }],
    ['budgets', { budgets: {} }],
    ['registry', { registry: {} }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => create(options as never)).toThrow(MetricsConfigurationError);
    expect(() => create(options as never)).toThrow(`${option} must be`);
  });
});
