import { openAICases, startOpenAIServer } from 'model-servers';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { traceFunction, TracingConfigError } from '../../src/index.js';
import { observeOpenAI } from '../../src/openai.js';
import { describeClientCases } from '../client-cases.js';
import { collectGarbage } from '../collect-garbage.js';
import { patiently } from '../patiently.js';
import { recordedServer } from '../recorded-server.js';
import { drain } from '../drain.js';

const server = recordedServer(startOpenAIServer);
const { recorded } = server;
const newClient = (): OpenAI =>
  new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: 'sk-test-0123456789abcdef',
    maxRetries: 0,
    logLevel: 'off',
  });

describeClientCases({
  cases: openAICases,
  provider: 'openai',
  server,
  newClient,
  observe: (client) => observeOpenAI(client),
});

describe('observeOpenAI', () => {
  const chat = {
    model: 'gpt-4o',
    messages: [{ role: 'user' as const, content: 'hi' }],
    temperature: 0.5,
    max_completion_tokens: 7,
    stop: 'END',
  };

  it('names what is known of a chat as the conventions do', async () => {
    await observeOpenAI(newClient()).chat.completions.create(chat);
    expect(recorded.calls[0]?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 7,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
    });
    expect(recorded.ends[0]).toMatchObject({
      version: 1,
      provider: 'openai',
      operation: 'chat',
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      finishReason: 'stop',
      usage: { inputTokens: 12, outputTokens: 5, cacheReadInputTokens: 4, reasoningTokens: 2 },
    });
  });

  it('tells the time to the first chunk and the number of chunks of a stream', async () => {
    const stream = await observeOpenAI(newClient()).chat.completions.create({
      ...chat,
      stream: true,
    });
    const chunks = await drain(stream);
    const [span] = recorded.calls;
    expect(span?.attributes['gen_ai.request.stream']).toBe(true);
    expect(span?.attributes['gen_ai.response.finish_reasons']).toEqual(['stop']);
    expect(span?.attributes['gen_ai.response.time_to_first_chunk']).toBeCloseTo(
      recorded.ends[0]!.timeToFirstChunkMillis! / 1000,
    );
    expect(recorded.ends[0]).toMatchObject({ outputChunks: chunks, finishReason: 'stop' });
    expect(recorded.ends[0]?.timeToFirstChunkMillis).toBeGreaterThan(0);
  });

  it('takes nothing of the error message that repeats the prompt, and keeps the rest', async () => {
    const content = 'Mrs. Doe of Elm Street, 123-45-6789, is ill';
    await observeOpenAI(newClient())
      .chat.completions.create(
        { model: 'gpt-4o', messages: [{ role: 'user', content }] },
        { headers: { 'x-fault': 'status-400' } },
      )
      .catch(() => undefined);
    const [span] = recorded.calls;
    expect(span?.attributes['error.type']).toBe('BadRequestError');
    expect(span?.status.message).toMatch(/^400 Invalid content: .*\[PROMPT\]/);
    expect(span?.events[0]?.attributes?.['exception.stacktrace']).toMatch(/\n {4}at /);
    expect(recorded.told).not.toMatch(/Doe|Elm|123-45|is ill/);
  });

  it('records prompts and answers only if asked for, masked and cut', async () => {
    const client = observeOpenAI(newClient(), { captureContent: true });
    await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: [{ type: 'text', text: 'I am jane@example.org' }] },
      ],
    });
    const [span] = recorded.calls;
    expect(JSON.parse(String(span?.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'be kind' }] },
      { role: 'user', parts: [{ type: 'text', content: 'I am [EMAIL]' }] },
    ]);
    expect(JSON.parse(String(span?.attributes['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: 'Hello from the model.' }],
        finish_reason: 'stop',
      },
    ]);

    recorded.reset();
    const short = observeOpenAI(newClient(), {
      captureContent: { mask: (text) => text.toUpperCase(), maxLength: 10 },
    });
    await drain(await short.chat.completions.create({ ...chat, stream: true }));
    expect(recorded.calls[0]?.attributes['gen_ai.output.messages']).toContain('"HELLO FROM…"');
  });

  it('gives calls of tools their names and arguments, if content is captured', async () => {
    const client = observeOpenAI(newClient(), { captureContent: true });
    const tools = [{ type: 'function' as const, function: { name: 'weather' } }];
    await drain(await client.chat.completions.create({ ...chat, tools, stream: true }));
    const messages = JSON.parse(
      String(recorded.calls[0]?.attributes['gen_ai.output.messages']),
    ) as unknown;
    expect(messages).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"city":"Paris"}' },
        ],
        finish_reason: 'tool_calls',
      },
    ]);
  });

  it('is the client that it was given, and observing it twice counts its calls once', async () => {
    const client = newClient();
    expect(observeOpenAI(observeOpenAI(client))).toBe(client);
    await client.withOptions({}).withOptions({}).chat.completions.create(chat);
    expect(recorded.calls).toHaveLength(1);
    expect(recorded.ends).toHaveLength(1);
  });

  it('lets traceFunction last for as long as the promise of a client, without reading more', async () => {
    const client = newClient();
    const ask = traceFunction('ask')((fault: string) =>
      client.chat.completions.create(chat, { headers: { 'x-fault': fault } }),
    );
    expect((await ask('none')).id).toBe('chatcmpl-1');
    await expect(ask('status-429')).rejects.toThrow(OpenAI.RateLimitError);
    expect((await ask('none').asResponse()).bodyUsed).toBe(false);
    expect(recorded.spans.map(({ attributes }) => attributes['error.type'])).toEqual([
      undefined,
      'RateLimitError',
      undefined,
    ]);
  });

  it('leaves other clients alone', async () => {
    observeOpenAI(newClient());
    await newClient().chat.completions.create(chat);
    expect(recorded.calls).toEqual([]);
  });

  it('names the provider by the host, or as it is told', async () => {
    const fetch: typeof globalThis.fetch = async () =>
      Response.json({ model: 'm', choices: [], usage: null });
    for (const [baseURL, provider, expected] of [
      ['https://api.openai.com/v1', undefined, 'openai'],
      ['https://api.groq.com/openai/v1', undefined, 'groq'],
      ['https://mine.openai.azure.com/openai/v1', undefined, 'azure.ai.openai'],
      ['https://models.example.org', undefined, 'openai'],
      ['https://models.example.org', 'example', 'example'],
    ] as const) {
      recorded.reset();
      const client = observeOpenAI(new OpenAI({ apiKey: 'k', baseURL, fetch }), { provider });
      await client.chat.completions.create(chat);
      expect(recorded.ends[0]?.provider).toBe(expected);
    }
  });

  it('ends the call of an answer that nobody can read any more', async () => {
    const client = observeOpenAI(newClient());
    await (async () => {
      await client.chat.completions.create({ ...chat, stream: true });
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(recorded.ends).toHaveLength(1);
    }, patiently);
    expect(recorded.calls[0]?.attributes['llm.stream.outcome']).toBe('abandoned');
  });

  it('names the option that is wrong', () => {
    expect(() => observeOpenAI({})).toThrow(TracingConfigError);
    expect(() => observeOpenAI(null as never)).toThrow(/client: expected an OpenAI client/);
    expect(() => observeOpenAI(newClient(), { provider: '' })).toThrow(/^provider: /);
    expect(() => observeOpenAI(newClient(), { maskError: 1 as never })).toThrow(/^maskError: /);
    expect(() => observeOpenAI(newClient(), { captureContent: { maxLength: 0 } })).toThrow(
      /^captureContent\.maxLength: /,
    );
  });
});
