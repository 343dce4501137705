import { createOpenAI } from '@ai-sdk/openai';
import * as ai from 'ai';
import { aiSdkCases, startOpenAIServer, type AiSdk } from 'model-servers';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { inferenceMiddleware, type InferenceMiddlewareOptions } from '../../src/ai-sdk.js';
import { TracingConfigError } from '../../src/index.js';
import { observeOpenAI } from '../../src/openai.js';
import { describeClientCases } from '../client-cases.js';
import { collectGarbage } from '../collect-garbage.js';
import { drain } from '../drain.js';
import { patiently } from '../patiently.js';
import { recordedServer } from '../recorded-server.js';

const server = recordedServer(startOpenAIServer);
const { recorded } = server;

function newSdk(): AiSdk {
  const openai = createOpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: 'sk-test-0123456789abcdef',
  });
  return {
    ai,
    chat: openai.chat('gpt-4o'),
    responses: openai.responses('gpt-4o'),
    embedding: openai.embedding('text-embedding-3-small'),
  };
}

function observe(sdk: AiSdk, options?: InferenceMiddlewareOptions): AiSdk {
  const middleware = inferenceMiddleware(options);
  return {
    ai,
    chat: ai.wrapLanguageModel({ model: sdk.chat as never, middleware }),
    responses: ai.wrapLanguageModel({ model: sdk.responses as never, middleware }),
    embedding: ai.wrapEmbeddingModel({ model: sdk.embedding as never, middleware }),
  };
}

describeClientCases({
  cases: aiSdkCases,
  provider: 'openai',
  serverAddress: null,
  server,
  newClient: newSdk,
  observe,
});

describe('inferenceMiddleware', () => {
  const prompt = 'I am jane@example.org, of Elm Street';

  it('names what is known of a call as the conventions do', async () => {
    await ai.generateText({
      model: observe(newSdk()).chat,
      prompt,
      temperature: 0.5,
      maxOutputTokens: 7,
      stopSequences: ['END'],
      seed: 3,
    });
    expect(recorded.calls[0]?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 7,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.request.seed': 3,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
    });
    expect(recorded.ends[0]).toMatchObject({
      provider: 'openai',
      operation: 'chat',
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      finishReason: 'stop',
      usage: {
        inputTokens: 12,
        outputTokens: 5,
        cacheReadInputTokens: 4,
        reasoningTokens: 2,
        inputIncludesCached: true,
        outputIncludesReasoning: true,
      },
    });
  });

  it('counts as chunks of a stream what holds some of the answer', async () => {
    const chunks = await drain(ai.streamText({ model: observe(newSdk()).chat, prompt }).textStream);
    const [end] = recorded.ends;
    expect(end).toMatchObject({ outputChunks: chunks, finishReason: 'stop' });
    expect(recorded.calls[0]?.attributes['gen_ai.response.time_to_first_chunk']).toBeCloseTo(
      end!.timeToFirstChunkMillis! / 1000,
    );
    expect(end!.timeToFirstChunkMillis).toBeGreaterThan(0);
  });

  it('tells each attempt of a call that is tried again', async () => {
    await ai
      .generateText({
        model: observe(newSdk()).chat,
        prompt,
        headers: { 'x-fault': 'status-500' },
        maxRetries: 1,
      })
      .catch(() => undefined);
    expect(recorded.ends.map(({ errorType }) => errorType)).toEqual([
      'AI_APICallError',
      'AI_APICallError',
    ]);
    expect(recorded.calls).toHaveLength(2);
  });

  it('takes nothing of the error message that repeats the prompt, and keeps the rest', async () => {
    await ai
      .generateText({
        model: observe(newSdk()).chat,
        prompt: 'Mrs. Doe of Elm Street, 123-45-6789, is ill',
        headers: { 'x-fault': 'status-400' },
      })
      .catch(() => undefined);
    expect(recorded.calls[0]?.status.message).toMatch(/^Invalid content: .*\[PROMPT\]/);
    expect(recorded.told).not.toMatch(/Doe|Elm|123-45|is ill/);
  });

  it('records prompts, answers and calls of tools only if asked for, masked', async () => {
    const sdk = observe(newSdk(), { captureContent: true });
    const inputSchema = ai.jsonSchema<object>({ type: 'object' });
    const tools: ai.ToolSet = { weather: { inputSchema } };
    await ai.generateText({ model: sdk.chat, system: 'be kind', prompt });
    await ai.generateText({ model: sdk.chat, prompt, tools });
    await drain(ai.streamText({ model: sdk.chat, prompt, tools }).fullStream);
    const [said, called, streamed] = recorded.calls.map(({ attributes }) => attributes);
    const read = (text: unknown): unknown => JSON.parse(String(text));
    expect(read(said?.['gen_ai.system_instructions'])).toEqual([
      { type: 'text', content: 'be kind' },
    ]);
    expect(read(said?.['gen_ai.input.messages'])).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'I am [EMAIL], of Elm Street' }] },
    ]);
    expect(read(said?.['gen_ai.output.messages'])).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: 'Hello from the model.' }],
        finish_reason: 'stop',
      },
    ]);
    for (const attributes of [called, streamed]) {
      expect(read(attributes?.['gen_ai.output.messages'])).toEqual([
        {
          role: 'assistant',
          parts: [
            { type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"city":"Paris"}' },
          ],
          finish_reason: 'tool_calls',
        },
      ]);
    }
  });

  it('follows a stream that the SDK reads to its end although its reader has left', async () => {
    const { textStream } = ai.streamText({ model: observe(newSdk()).chat, prompt });
    await textStream[Symbol.asyncIterator]().return?.();
    await vi.waitFor(() => expect(recorded.ends).toHaveLength(1), patiently);
    expect(recorded.ends[0]).toMatchObject({ finishReason: 'stop', usage: { outputTokens: 5 } });
  });

  it('ends the call of a stream that nobody can read any more', async () => {
    const { chat } = observe(newSdk());
    await (async () => {
      await (chat as ReturnType<typeof ai.wrapLanguageModel>).doStream({ prompt: [] });
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(recorded.ends).toHaveLength(1);
    }, patiently);
    expect(recorded.calls[0]?.attributes['llm.stream.outcome']).toBe('abandoned');
  });

  it('tells the calls that tools make while a stream is read', async () => {
    const { chat } = observe(newSdk());
    const summarise = ai.tool({
      inputSchema: ai.jsonSchema({ type: 'object' }),
      execute: async () => (await ai.generateText({ model: chat, prompt })).text,
    });
    await drain(ai.streamText({ model: chat, prompt, tools: { summarise } }).fullStream);
    expect(recorded.ends).toHaveLength(2);
    expect(recorded.calls).toHaveLength(2);
  });

  it('leaves what is made of a wrapped client to the middleware', async () => {
    const client = observeOpenAI(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' }));
    const own = {
      specificationVersion: 'v3' as const,
      provider: 'own.chat',
      modelId: 'gpt-4o',
      supportedUrls: {},
      doGenerate: async () => {
        const answer = await client.chat.completions.create({
          model: 'gpt-4o',
          messages: [{ role: 'user', content: 'hi' }],
        });
        return { content: [{ type: 'text', text: answer.choices[0]!.message.content }] };
      },
      doStream: () => Promise.reject(new Error('not asked for')),
    };
    const model = ai.wrapLanguageModel({ model: own as never, middleware: inferenceMiddleware() });
    await model.doGenerate({ prompt: [] });
    expect(recorded.ends).toMatchObject([{ provider: 'own' }]);
    expect(recorded.calls).toHaveLength(1);
    await client.chat.completions.create({ model: 'gpt-4o', messages: [] });
    expect(recorded.calls).toHaveLength(2);
  });

  it('takes the usage of older models as their providers report it', async () => {
    for (const [provider, input] of [
      ['anthropic.messages', 8],
      ['openai.chat', 5],
    ] as const) {
      recorded.reset();
      await inferenceMiddleware().wrapGenerate({
        model: { provider, modelId: 'm' },
        params: {},
        doGenerate: async () => ({
          content: [],
          finishReason: 'stop',
          usage: { inputTokens: 5, outputTokens: 7, totalTokens: 12, cachedInputTokens: 3 },
        }),
      });
      expect(recorded.calls[0]?.attributes['gen_ai.usage.input_tokens']).toBe(input);
      expect(recorded.ends[0]).toMatchObject({
        finishReason: 'stop',
        usage: { inputTokens: 5, cacheReadInputTokens: 3 },
      });
    }
  });

  it('names the option that is wrong', () => {
    expect(() => inferenceMiddleware({ provider: '' })).toThrow(TracingConfigError);
    expect(() => inferenceMiddleware({ provider: '' })).toThrow(/^provider: /);
    expect(() => inferenceMiddleware({ maskError: 1 as never })).toThrow(/^maskError: /);
  });
});
