import { createOpenAI } from '@ai-sdk/openai';
import { wrapLanguageModel, type LanguageModelMiddleware } from 'ai';
import { startOpenAIServer } from 'model-servers';
import { afterEach, describe, expect, it } from 'vitest';
import { inferenceMiddleware, inferenceTelemetry } from '../../src/ai-sdk.js';
import { TracingConfigError } from '../../src/index.js';
import { drain } from '../drain.js';
import { recordedServer } from '../recorded-server.js';

// The SDK of version 7, which calls these, needs Node 22: `tools/package-check` has them called by it.
const server = recordedServer(startOpenAIServer);
const { recorded } = server;

const prompt = 'My number is 123-45-6789';
const messages = [{ role: 'user' as const, content: prompt }];

function call({
  fault,
  middleware = [],
}: { fault?: string; middleware?: LanguageModelMiddleware[] } = {}) {
  const openai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' });
  const model = wrapLanguageModel({ model: openai.chat('gpt-4o'), middleware });
  const options = {
    prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompt }] }],
    ...(fault === undefined ? {} : { headers: { 'x-fault': fault } }),
  };
  return {
    event: { provider: model.provider, modelId: model.modelId, messages, temperature: 0.5 },
    generate: () => model.doGenerate(options),
    stream: () => model.doStream(options),
  };
}

/** What the SDK keeps its integrations in. */
const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: object[] };
afterEach(() => {
  delete registry.AI_SDK_TELEMETRY_INTEGRATIONS;
});

describe('inferenceTelemetry', () => {
  it('tells a call, and gives its very result', async () => {
    const { event, generate } = call();
    const telemetry = inferenceTelemetry();
    let given: unknown;
    const result = await telemetry.executeLanguageModelCall({
      ...event,
      execute: async () => (given = await generate()),
    });
    expect(result).toBe(given);
    expect(recorded.calls[0]?.attributes).toMatchObject({
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.usage.input_tokens': 12,
    });
    expect(recorded.ends).toHaveLength(1);
  });

  it('follows a stream to its end', async () => {
    const { event, stream } = call();
    const result = await inferenceTelemetry().executeLanguageModelCall({
      ...event,
      execute: stream,
    });
    expect(recorded.ends).toHaveLength(0);
    await drain(result.stream.pipeThrough(new TransformStream()));
    expect(recorded.ends).toMatchObject([{ finishReason: 'stop', outputChunks: 5 }]);
  });

  it('takes out of errors what they repeat of a prompt, and all of them if it is not shown', async () => {
    const { event, generate } = call({ fault: 'status-400' });
    const telemetry = inferenceTelemetry();
    for (const shown of [messages, []]) {
      await telemetry
        .executeLanguageModelCall({ ...event, messages: shown, execute: generate })
        .then(undefined, () => undefined);
    }
    expect(recorded.calls.map(({ status }) => status.message)).toEqual([
      expect.stringMatching(/^Invalid content: .*\[PROMPT\]/),
      expect.stringMatching(/^\[withheld/),
    ]);
    expect(recorded.told).not.toContain('123-45');
  });

  it('records no content of a call that the SDK is told not to record', async () => {
    const { event, generate } = call();
    const telemetry = inferenceTelemetry({ captureContent: true });
    for (const recordOutputs of [undefined, false]) {
      await telemetry.executeLanguageModelCall({ ...event, recordOutputs, execute: generate });
    }
    expect(
      recorded.calls.map(({ attributes }) => attributes['gen_ai.output.messages'] !== undefined),
    ).toEqual([true, false]);
  });

  it('tells a call once when the middleware sees it, too', async () => {
    const { event, generate } = call({ middleware: [inferenceMiddleware()] });
    await inferenceTelemetry().executeLanguageModelCall({ ...event, execute: generate });
    expect(recorded.ends).toHaveLength(1);
    expect(recorded.calls).toHaveLength(1);
  });

  it('makes no span where another integration makes one that is not active yet', async () => {
    const { event, generate } = call();
    const telemetry = inferenceTelemetry();
    registry.AI_SDK_TELEMETRY_INTEGRATIONS = [{ executeLanguageModelCall() {} }, telemetry];
    await telemetry.executeLanguageModelCall({ ...event, execute: generate });
    expect(recorded.calls).toEqual([]);
    expect(recorded.ends).toHaveLength(1);

    registry.AI_SDK_TELEMETRY_INTEGRATIONS = [telemetry];
    await telemetry.executeLanguageModelCall({ ...event, execute: generate });
    expect(recorded.calls).toHaveLength(1);
  });

  it('makes spans of tools, and records none of what they are given', async () => {
    const telemetry = inferenceTelemetry();
    const toolCall = { toolName: 'weather', input: { city: 'Elm Street' } };
    const execution = { toolCallId: 'call_1', toolCall };
    expect(await telemetry.executeTool({ ...execution, execute: async () => 'sunny' })).toBe(
      'sunny',
    );
    registry.AI_SDK_TELEMETRY_INTEGRATIONS = [{ executeTool() {} }, telemetry];
    await telemetry.executeTool({ ...execution, execute: async () => 'sunny' });
    expect(recorded.spans.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'execute_tool weather',
        {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'weather',
          'gen_ai.tool.type': 'function',
          'gen_ai.tool.call.id': 'call_1',
        },
      ],
    ]);
  });

  it('names the option that is wrong', () => {
    expect(() => inferenceTelemetry({ tracerName: '' })).toThrow(TracingConfigError);
  });
});
