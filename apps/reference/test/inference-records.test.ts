import { promClientSource } from '@llm/anomaly';
import { createGenAiMetrics, type GenAiMetrics } from '@llm/metrics';
import { traceInference, withLlmContext, type InferenceUsage } from '@llm/tracing';
import { observeOpenAI } from '@llm/tracing/openai';
import { recordSpans, type MemorySpans } from '@llm/tracing/testing';
import { startOpenAIServer, type ModelServer } from 'model-servers';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

// The one contract that no package can test alone: who makes the records, and who takes them.
let server: ModelServer;
let spans: MemorySpans;
let metrics: GenAiMetrics;
let client: OpenAI;

beforeAll(async () => {
  server = await startOpenAIServer();
  spans = recordSpans();
});
beforeEach(() => {
  metrics = createGenAiMetrics();
  client = observeOpenAI(
    new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k', maxRetries: 0, logLevel: 'off' }),
  );
  spans.reset();
});
afterEach(() => metrics.close());
afterAll(async () => {
  await spans.stop();
  await server.close();
});

const chat = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] };
const fault = (name: string) => ({ headers: { 'x-fault': name } });

interface Value {
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: number;
  readonly metricName?: string;
}

/** The series of a metric that have these labels; of histograms their sums and counts. */
async function series(name: string, labels: Record<string, string> = {}): Promise<Value[]> {
  const all = (await metrics.registry.getMetricsAsJSON()) as { name: string; values: Value[] }[];
  return (all.find((metric) => metric.name === name)?.values ?? []).filter(
    (value) =>
      !('le' in value.labels) &&
      Object.entries(labels).every(([label, text]) => value.labels[label] === text),
  );
}

/** What the series of a histogram sum up to. */
async function total(name: string, part: 'sum' | 'count', labels = {}): Promise<number> {
  const values = await series(name, labels);
  return values
    .filter(({ metricName }) => metricName === `${name}_${part}`)
    .reduce((sum, { value }) => sum + value, 0);
}

const duration = 'gen_ai_client_operation_duration_seconds';
const tokens = 'gen_ai_client_token_usage';

describe('records of model calls', () => {
  it('become series of durations, tokens, first chunks, and calls in progress', async () => {
    await client.chat.completions.create(chat);
    const stream = await client.chat.completions.create({
      ...chat,
      stream: true,
      stream_options: { include_usage: true },
    });
    const inFlight = async (): Promise<number | undefined> =>
      (await series('gen_ai_client_active_requests'))[0]?.value;
    expect(await inFlight()).toBe(1);
    let chunks = 0;
    for await (const chunk of stream) chunks += chunk.choices.length;
    expect(chunks).toBeGreaterThan(0);
    expect(await inFlight()).toBe(0);

    const call = {
      gen_ai_operation_name: 'chat',
      gen_ai_provider_name: 'openai',
      gen_ai_request_model: 'gpt-4o',
    };
    expect(await total(duration, 'count', { ...call, error_type: 'none' })).toBe(2);
    expect(await total(duration, 'sum', call)).toBeGreaterThan(0);
    expect(await total(tokens, 'sum', { ...call, gen_ai_token_type: 'input' })).toBe(24);
    expect(await total(tokens, 'sum', { ...call, gen_ai_token_type: 'output' })).toBe(10);
    const firstChunk = 'gen_ai_client_operation_time_to_first_chunk_seconds';
    expect(await total(firstChunk, 'count', call)).toBe(1);
    expect(metrics.stats()).toMatchObject({ calls: 2, invalidRecords: 0, usageMissing: 0 });
  });

  it('give failures their type, and costs their tenant', async () => {
    await withLlmContext({ tenantId: 'acme' }, async () => {
      await client.chat.completions.create(chat);
      for (const status of ['status-400', 'status-429']) {
        await client.chat.completions.create(chat, fault(status)).catch(() => undefined);
      }
      const stream = await client.chat.completions.create({ ...chat, stream: true });
      stream.controller.abort();
    });
    for (const error_type of ['BadRequestError', 'RateLimitError', 'aborted', 'none']) {
      expect(await total(duration, 'count', { error_type })).toBe(1);
    }
    const costs = await series('gen_ai_client_cost_usd_total');
    expect(costs.map(({ labels }) => labels['tenant_id'])).toEqual(['acme']);
    expect(costs[0]?.value).toBeGreaterThan(0);
    expect(JSON.stringify(await metrics.registry.getMetricsAsJSON())).not.toContain('Invalid');
  });

  it('count the same tokens on spans and in series, whichever way a provider reports them', async () => {
    const usage: InferenceUsage = {
      inputTokens: 100,
      cacheReadInputTokens: 30,
      cacheCreationInputTokens: 10,
      outputTokens: 20,
      reasoningTokens: 5,
    };
    const told = [
      ['openai', {}],
      ['anthropic', {}],
      ['aws.bedrock', {}],
      ['gcp.gemini', {}],
      ['gcp.vertex_ai', {}],
      ['groq', { inputIncludesCached: false }],
      ['anthropic', { inputIncludesCached: true, outputIncludesReasoning: true }],
      ['own', { outputIncludesReasoning: false }],
    ] as const;
    for (const [index, [provider, more]] of told.entries()) {
      const requestModel = `m-${index}`;
      traceInference({ provider, requestModel }, (inference) =>
        inference.setResponse({ usage: { ...usage, ...more } }),
      );
      const span = spans.spans.find(({ name }) => name === `chat ${requestModel}`);
      const labels = { gen_ai_request_model: requestModel };
      for (const type of ['input', 'output']) {
        expect(
          await total(tokens, 'sum', { ...labels, gen_ai_token_type: type }),
          `${type} of ${provider} ${JSON.stringify(more)}`,
        ).toBe(span?.attributes[`gen_ai.usage.${type}_tokens`]);
      }
    }
  });

  it('are features of a monitor by way of the series', async () => {
    const model = 'gen_ai_request_model';
    const all = { metric: duration, modelLabel: model };
    const source = promClientSource({
      registry: metrics.registry,
      maxAgeMillis: 0,
      readings: {
        memory_usage: false,
        throughput: { perSecond: all },
        inference_latency: { mean: all },
        error_rate: { share: { ...all, labels: { error_type: 'BadRequestError' } }, of: all },
        input_tokens: {
          mean: { metric: tokens, modelLabel: model, labels: { gen_ai_token_type: 'input' } },
        },
      },
    });
    const collect = async (): Promise<Record<string, unknown>> => ({
      ...(await source('gpt-4o', AbortSignal.timeout(5000))),
    });
    await client.chat.completions.create(chat);
    await collect();
    for (const name of ['none', 'status-400', 'none', 'none']) {
      await client.chat.completions.create(chat, fault(name)).catch(() => undefined);
    }
    const features = await collect();
    expect(features).toMatchObject({ error_rate: 0.25, input_tokens: 12 });
    expect(features['inference_latency']).toBeGreaterThan(0);
    expect(features['throughput']).toBeGreaterThan(0);
  });
});
