import Anthropic from '@anthropic-ai/sdk';
import { anthropicCases, startAnthropicServer } from 'model-servers';
import { describe, expect, it } from 'vitest';
import { observeAnthropic } from '../../src/anthropic.js';
import { TracingConfigError } from '../../src/index.js';
import { describeClientCases } from '../client-cases.js';
import { drain } from '../drain.js';
import { recordedServer } from '../recorded-server.js';

const server = recordedServer(startAnthropicServer);
const { recorded } = server;
// The client makes spans of its own by default, and the wrapper has to see to it that a call has one.
const newClient = (): Anthropic =>
  new Anthropic({ baseURL: server.url, apiKey: 'sk-test-0123456789abcdef', maxRetries: 0 });

describeClientCases({
  cases: anthropicCases,
  provider: 'anthropic',
  server,
  newClient,
  observe: (client) => observeAnthropic(client),
});

const question = {
  model: 'claude-haiku-4-5',
  max_tokens: 64,
  temperature: 0.5,
  messages: [{ role: 'user' as const, content: 'I am jane@example.org' }],
};

describe('observeAnthropic', () => {
  it('counts cached tokens within the input on the span, and as they are told in the record', async () => {
    await observeAnthropic(newClient()).messages.create(question);
    expect(recorded.calls[0]?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-haiku-4-5',
      'gen_ai.request.max_tokens': 64,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.response.model': 'claude-haiku-4-5-20250929',
      'gen_ai.response.id': 'msg_1',
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.usage.input_tokens': 19,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.cache_creation.input_tokens': 3,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
    });
    expect(recorded.ends[0]?.usage).toMatchObject({
      inputTokens: 12,
      cacheReadInputTokens: 4,
      cacheCreationInputTokens: 3,
      outputTokens: 5,
      inputIncludesCached: false,
    });
  });

  it('takes the usage at the end of a stream for the one at its beginning', async () => {
    await drain(await observeAnthropic(newClient()).messages.create({ ...question, stream: true }));
    expect(recorded.ends[0]).toMatchObject({
      usage: { inputTokens: 12, outputTokens: 5, cacheReadInputTokens: 4 },
      finishReason: 'end_turn',
      outputChunks: 10,
    });
  });

  it('takes nothing of an error message that repeats the prompt', async () => {
    const content = 'Mrs. Doe of Elm Street, 123-45-6789, is ill';
    await observeAnthropic(newClient())
      .messages.create(
        { ...question, messages: [{ role: 'user', content }] },
        { headers: { 'x-fault': 'status-400' } },
      )
      .catch(() => undefined);
    expect(recorded.calls[0]?.attributes['error.type']).toBe('BadRequestError');
    expect(recorded.told).not.toMatch(/Doe|Elm|123-45|is ill/);
  });

  it('records content only if asked for, masked, and calls of tools with their input', async () => {
    const client = observeAnthropic(newClient(), { captureContent: true });
    const tools = [{ name: 'weather', input_schema: { type: 'object' as const } }];
    await drain(
      await client.messages.create({ ...question, system: 'be kind', tools, stream: true }),
    );
    await client.messages.create({ ...question, tools });
    const expected = [
      {
        role: 'assistant',
        parts: [
          { type: 'tool_call', id: 'toolu_1', name: 'weather', arguments: '{"city":"Paris"}' },
        ],
        finish_reason: 'tool_use',
      },
    ];
    const [streamed, whole] = recorded.calls.map(({ attributes }) => attributes);
    expect(JSON.parse(String(streamed?.['gen_ai.system_instructions']))).toEqual([
      { type: 'text', content: 'be kind' },
    ]);
    expect(JSON.parse(String(streamed?.['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'I am [EMAIL]' }] },
    ]);
    expect(JSON.parse(String(streamed?.['gen_ai.output.messages']))).toEqual(expected);
    expect(JSON.parse(String(whole?.['gen_ai.output.messages']))).toEqual(expected);
  });

  it('is the client that it was given, and observing it twice counts its calls once', async () => {
    const client = newClient();
    expect(observeAnthropic(observeAnthropic(client))).toBe(client);
    await client.messages.create(question);
    expect(recorded.spans).toHaveLength(1);
    expect(recorded.ends).toHaveLength(1);
  });

  it('names the option that is wrong', () => {
    expect(() => observeAnthropic({})).toThrow(TracingConfigError);
    expect(() => observeAnthropic(newClient(), { provider: 1 as never })).toThrow(/^provider: /);
  });
});
