// The callbacks are a plain object, so that the package needs nothing of LangChain's.
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
import { RunnableLambda, RunnableSequence } from '@langchain/core/runnables';
import { BaseRetriever } from '@langchain/core/retrievers';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAI as TextModel, type ChatOpenAIFields } from '@langchain/openai';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { langChainCases, startOpenAIServer, type LangChain } from 'model-servers';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { stats, TracingConfigError, withLlmContext } from '../../src/index.js';
import { inferenceCallbacks } from '../../src/langchain.js';
import { observeOpenAI } from '../../src/openai.js';
import { describeClientCases } from '../client-cases.js';
import { collectGarbage } from '../collect-garbage.js';
import { drain } from '../drain.js';
import { patiently } from '../patiently.js';
import { recordedServer } from '../recorded-server.js';

const server = recordedServer(startOpenAIServer);
const { recorded } = server;

const fields = (): ChatOpenAIFields => ({
  apiKey: 'sk-test-0123456789abcdef',
  maxRetries: 0,
  configuration: { baseURL: `${server.url}/v1` },
});
const newChat = (more: ChatOpenAIFields = {}): ChatOpenAI =>
  new ChatOpenAI({ ...fields(), model: 'gpt-4o', ...more });
const newLangChain = (): LangChain => ({
  newChat,
  newTextModel: () => new TextModel({ ...fields(), model: 'gpt-3.5-turbo-instruct' }),
  tool,
  config: {},
});

describeClientCases({
  cases: langChainCases,
  provider: 'openai',
  server,
  newClient: newLangChain,
  observe: (langChain) => ({ ...langChain, config: { callbacks: [inferenceCallbacks()] } }),
});

const question = 'I am jane@example.org, of Elm Street';
const config = { callbacks: [inferenceCallbacks()] };

/** Names of the spans, each behind that of its parent. */
function tree(): string[] {
  const nameOf = (id: string | undefined): string | undefined =>
    recorded.spans.find((span) => span.spanContext().spanId === id)?.name;
  return recorded.spans
    .map((span: ReadableSpan) => {
      const parent = nameOf(span.parentSpanContext?.spanId);
      return parent === undefined ? span.name : `${parent} > ${span.name}`;
    })
    .sort();
}

describe('inferenceCallbacks', () => {
  it('names what is known of a chat as the conventions do', async () => {
    await newChat({ temperature: 0.5, maxTokens: 7, stop: ['END'] }).invoke(question, config);
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
      provider: 'openai',
      operation: 'chat',
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      finishReason: 'stop',
      usage: { inputTokens: 12, outputTokens: 5, cacheReadInputTokens: 4, reasoningTokens: 2 },
    });
  });

  it('tells the time to the first token and the number of chunks that hold some', async () => {
    await drain(await newChat().stream(question, config));
    const [end] = recorded.ends;
    expect(end).toMatchObject({ outputChunks: 5, finishReason: 'stop' });
    expect(end!.timeToFirstChunkMillis).toBeGreaterThan(0);
    expect(recorded.calls[0]?.attributes['gen_ai.response.time_to_first_chunk']).toBeCloseTo(
      end!.timeToFirstChunkMillis! / 1000,
    );
  });

  it('hangs models and tools under the outermost chain, and its steps if asked for', async () => {
    const weather = tool(() => 'sunny', { name: 'weather', description: 'd', schema: schema() });
    const model = newChat();
    const chain = (): RunnableSequence<string, unknown> =>
      RunnableSequence.from<string>([
        RunnableLambda.from((text: string) => text.trim()),
        model,
        RunnableLambda.from((_, given) => weather.invoke({ city: 'Paris' }, given)).withConfig({
          runName: 'look out',
        }),
      ]).withConfig({ runName: 'plan' }) as RunnableSequence<string, unknown>;
    await withLlmContext({ tenantId: 'acme' }, () => chain().invoke(question, config));
    expect(tree()).toEqual(['plan', 'plan > chat gpt-4o', 'plan > execute_tool weather']);
    for (const span of recorded.spans) expect(span.attributes['tenant_id']).toBe('acme');
    expect(new Set(recorded.spans.map((span) => span.spanContext().traceId)).size).toBe(1);

    recorded.reset();
    await chain().invoke(question, { callbacks: [inferenceCallbacks({ steps: true })] });
    expect(tree()).toEqual([
      'look out > execute_tool weather',
      'plan',
      'plan > RunnableLambda',
      'plan > chat gpt-4o',
      'plan > look out',
    ]);
  });

  it('tells agents, graphs and hidden runs from chains', () => {
    const handler = inferenceCallbacks();
    const graph = { id: ['langgraph', 'pregel', 'CompiledStateGraph'] };
    const agent = { lc_agent_name: 'helper' };
    handler.handleChainStart(graph, {}, 'a', undefined, [], agent, undefined, 'helper');
    handler.handleChainStart(graph, {}, 'b', 'a', [], agent, undefined, 'billing');
    handler.handleChainStart(graph, {}, 'c', 'b', ['langsmith:hidden'], agent, undefined, 'x');
    handler.handleToolStart({}, '{}', 'd', 'c', [], agent, 'weather', 'call_1');
    for (const id of ['d', 'c', 'b', 'a']) handler.handleChainEnd({}, id);
    expect(tree()).toEqual([
      'invoke_agent helper',
      'invoke_agent helper > invoke_workflow billing',
      'invoke_workflow billing > execute_tool weather',
    ]);
    expect(recorded.spans[0]?.attributes['gen_ai.tool.call.id']).toBe('call_1');
  });

  it('tells of retrievers', async () => {
    class Empty extends BaseRetriever {
      override lc_namespace = ['own'];
      override _getRelevantDocuments(query: string): Promise<never[]> {
        return query === 'fail' ? Promise.reject(new RangeError('no index')) : Promise.resolve([]);
      }
    }
    await new Empty().invoke(question, config);
    await new Empty().invoke('fail', config).catch(() => undefined);
    expect(recorded.spans.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['retrieval Empty', undefined],
      ['retrieval Empty', 'RangeError'],
    ]);
    expect(recorded.told).not.toContain('Elm');
  });

  it('gives tools that fail their error, and records none of what they were given', async () => {
    const broken: Invocable = tool(
      ({ city }: { city: string }) => {
        throw new RangeError(`no weather of ${city}`);
      },
      { name: 'weather', description: 'd', schema: schema() },
    );
    await expect(broken.invoke({ city: 'Elm Street' }, config)).rejects.toThrow('no weather');
    expect(recorded.spans[0]?.attributes['error.type']).toBe('RangeError');
    expect(recorded.told).not.toContain('Elm Street');
  });

  it('takes nothing of the error message that repeats the prompt, and keeps the rest', async () => {
    const chain = RunnableLambda.from((text: string, given) =>
      newChat().invoke(text, {
        callbacks: given.callbacks as typeof config.callbacks,
        options: { headers: { 'x-fault': 'status-400' } },
      }),
    );
    await chain
      .invoke('Mrs. Doe of Elm Street, 123-45-6789, is ill', config)
      .catch(() => undefined);
    expect(recorded.spans.map(({ status }) => status.message)).toEqual([
      expect.stringMatching(/^400 Invalid content: .*\[PROMPT\]/),
      expect.stringMatching(/^400 Invalid content: .*\[PROMPT\]/),
    ]);
    expect(recorded.told).not.toMatch(/Doe|Elm|123-45|is ill/);
  });

  it('records prompts, answers and tools only if asked for, masked', async () => {
    const callbacks = [inferenceCallbacks({ captureContent: true })];
    const weather = tool(() => 'sunny for jane@example.org', {
      name: 'weather',
      description: 'd',
      schema: schema(),
    });
    const model = newChat().bindTools([weather]);
    await newChat().invoke([['system', 'be kind'], question], { callbacks });
    const asked = await model.invoke(question, { callbacks });
    const answer = await weather.invoke(asked.tool_calls![0]!, { callbacks });
    await model.invoke([asked, answer], { callbacks });
    const [said, called, ran, told] = recorded.spans.map(({ attributes }) => attributes);
    const read = (text: unknown): unknown => JSON.parse(String(text));
    expect(read(said?.['gen_ai.input.messages'])).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'be kind' }] },
      { role: 'user', parts: [{ type: 'text', content: 'I am [EMAIL], of Elm Street' }] },
    ]);
    expect(read(said?.['gen_ai.output.messages'])).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: 'Hello from the model.' }],
        finish_reason: 'stop',
      },
    ]);
    const call = {
      type: 'tool_call',
      id: 'call_1',
      name: 'weather',
      arguments: '{"city":"Paris"}',
    };
    expect(read(called?.['gen_ai.output.messages'])).toEqual([
      { role: 'assistant', parts: [call], finish_reason: 'tool_calls' },
    ]);
    expect(ran).toMatchObject({
      'gen_ai.tool.call.arguments': '{"city":"Paris"}',
      'gen_ai.tool.call.result': 'sunny for [EMAIL]',
    });
    expect(read(told?.['gen_ai.input.messages'])).toEqual([
      { role: 'assistant', parts: [call] },
      {
        role: 'tool',
        parts: [{ type: 'tool_call_response', id: 'call_1', response: 'sunny for [EMAIL]' }],
      },
    ]);
  });

  it('leaves what a model asks of a wrapped client to the callbacks', async () => {
    const model = newChat();
    await model.invoke('to make its client', config);
    const { client } = (model as unknown as { completions: { client: OpenAI } }).completions;
    observeOpenAI(client);
    recorded.reset();
    await Promise.all([
      model.invoke(question, config),
      model.stream(question, config).then(drain),
      model.batch([question, question], config),
    ]);
    expect(recorded.ends).toHaveLength(4);
    expect(recorded.calls).toHaveLength(4);
    await client.chat.completions.create({ model: 'gpt-4o', messages: [] });
    await model.invoke(question);
    expect(recorded.ends).toHaveLength(6);
    expect(recorded.calls).toHaveLength(6);
  });

  it('does not take calls that go on beside a run for its own', async () => {
    const client = observeOpenAI(
      new OpenAI({ apiKey: 'k', baseURL: `${server.url}/v1`, maxRetries: 0 }),
    );
    const body = { model: 'gpt-4o', messages: [] };
    const stream = await newChat().stream(question, config);
    const steps = stream[Symbol.asyncIterator]();
    await steps.next();
    await client.chat.completions.create(body);
    while ((await steps.next()).done !== true);
    await Promise.all([newChat().invoke(question, config), client.chat.completions.create(body)]);
    expect(recorded.ends).toHaveLength(4);
    expect(recorded.calls).toHaveLength(4);
  });

  it('ends the run of a stream that is left, of which LangChain tells nobody', async () => {
    const before = stats().inferencesAbandoned;
    await (async () => {
      const stream = await newChat().stream(question, config);
      const steps = stream[Symbol.asyncIterator]();
      await steps.next();
      await steps.return();
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(recorded.ends).toHaveLength(1);
    }, patiently);
    expect(recorded.calls[0]?.attributes['llm.stream.outcome']).toBe('abandoned');
    expect(stats().inferencesAbandoned).toBe(before + 1);
  });

  it('does not end a run that goes on, whatever is collected', async () => {
    const stream = await newChat().stream(question, config);
    const steps = stream[Symbol.asyncIterator]();
    while ((await steps.next()).done !== true) {
      await newChat().invoke('meanwhile', config);
      collectGarbage();
    }
    expect(recorded.ends.map(({ finishReason }) => finishReason)).not.toContain(undefined);
    expect(stats().internalErrors).toBe(0);
  });

  it('tells of a run once, however many handlers are given', async () => {
    const handler = inferenceCallbacks();
    await newChat({ callbacks: [handler] }).invoke(question, {
      callbacks: [handler, inferenceCallbacks()],
    });
    expect(recorded.ends).toHaveLength(1);
    expect(recorded.calls).toHaveLength(1);
  });

  it('names the option that is wrong', () => {
    expect(() => inferenceCallbacks({ provider: '' })).toThrow(TracingConfigError);
    expect(() => inferenceCallbacks({ steps: 'all' as never })).toThrow(/^steps: /);
    expect(() => inferenceCallbacks({ captureContent: { maxLength: 0 } })).toThrow(
      /^captureContent\.maxLength: /,
    );
  });
});

interface Invocable {
  invoke(input: unknown, config: object): Promise<unknown>;
}

function schema() {
  return {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
  };
}
