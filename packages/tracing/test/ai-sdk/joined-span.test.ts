import { createOpenAI } from '@ai-sdk/openai';
import { trace } from '@opentelemetry/api';
import * as ai from 'ai';
import { startOpenAIServer } from 'model-servers';
import { describe, expect, it, vi } from 'vitest';
import { inferenceMiddleware } from '../../src/ai-sdk.js';
import { maskText, withLlmContext } from '../../src/index.js';
import { privateSpan } from '../../src/node/private-span.js';
import { drain } from '../drain.js';
import { patiently } from '../patiently.js';
import { recordedServer } from '../recorded-server.js';

const server = recordedServer(startOpenAIServer);
const { recorded } = server;

function newModels() {
  const openai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' });
  const middleware = inferenceMiddleware();
  return {
    chat: ai.wrapLanguageModel({ model: openai.chat('gpt-4o'), middleware }),
    embedding: ai.wrapEmbeddingModel({
      model: openai.embedding('text-embedding-3-small'),
      middleware,
    }),
  };
}

describe('a call of which ai 6 makes a span', () => {
  const settings = { isEnabled: true, recordInputs: false, recordOutputs: false };
  const prompt = 'I am of Elm Street, 123-45-6789';

  it('completes its span of the call, and makes no other', async () => {
    const { chat, embedding } = newModels();
    await withLlmContext({ tenantId: 'acme' }, async () => {
      await ai.generateText({ model: chat, prompt, experimental_telemetry: settings });
      await drain(
        ai.streamText({ model: chat, prompt, experimental_telemetry: settings }).fullStream,
      );
      await ai.embed({ model: embedding, value: prompt, experimental_telemetry: settings });
    });
    expect(recorded.spans.map(({ name }) => name).sort()).toEqual([
      'ai.embed',
      'ai.embed.doEmbed',
      'ai.generateText',
      'ai.generateText.doGenerate',
      'ai.streamText',
      'ai.streamText.doStream',
    ]);
    expect(recorded.ends).toHaveLength(3);
    const [generated, streamed, embedded] = recorded.calls.map(({ attributes }) => attributes);
    expect(generated).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
      tenant_id: 'acme',
    });
    expect(streamed?.['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(embedded).toMatchObject({ 'gen_ai.operation.name': 'embeddings', tenant_id: 'acme' });
    expect(recorded.told).not.toMatch(/123-45|Hello from/);
  });

  it('keeps what an error repeats of the prompt out of the span of the call', async () => {
    await ai
      .generateText({
        model: newModels().chat,
        prompt,
        headers: { 'x-fault': 'status-400' },
        experimental_telemetry: settings,
      })
      .catch(() => undefined);
    const [call] = recorded.calls;
    expect(call?.name).toBe('ai.generateText.doGenerate');
    expect(call?.status.message).toContain('[PROMPT]');
    expect(JSON.stringify(call?.events)).not.toContain('123-45');
    expect(recorded.ends).toMatchObject([{ errorType: 'AI_APICallError' }]);
    // Those that go out by way of `setupTracing`.
    const privacy = { recordQueryText: false, recordUrlQuery: false, maskError: maskText };
    const sent = recorded.spans.map((span) => privateSpan(span, privacy));
    expect(sent).toHaveLength(2);
    for (const { status, events } of sent) {
      expect(JSON.stringify({ status, events })).not.toContain('Elm Street');
    }
  });

  it('ends the span of a call that is aborted, which the SDK does not', async () => {
    const controller = new AbortController();
    const result = ai.streamText({
      model: newModels().chat,
      prompt,
      headers: { 'x-fault': 'hang' },
      abortSignal: controller.signal,
      experimental_telemetry: settings,
    });
    for await (const { type } of result.fullStream) {
      if (type === 'text-delta') controller.abort();
    }
    await vi.waitFor(() => expect(recorded.calls).toHaveLength(1), patiently);
    expect(recorded.calls[0]?.name).toBe('ai.streamText.doStream');
    expect(recorded.calls[0]?.attributes).toMatchObject({
      'llm.stream.outcome': 'aborted',
      'error.type': 'aborted',
    });
  });

  it('makes a span of its own of a call that only an outer span of the SDK surrounds', async () => {
    const { chat } = newModels();
    await trace
      .getTracer('test')
      .startActiveSpan(
        'ai.generateText',
        { attributes: { 'ai.operationId': 'ai.generateText', 'ai.model.id': 'gpt-4o' } },
        async (span) => {
          await ai.generateText({ model: chat, prompt });
          span.end();
        },
      );
    expect(recorded.spans.map(({ name }) => name)).toEqual(['chat gpt-4o', 'ai.generateText']);
  });
});
