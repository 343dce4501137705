import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  traceAgent,
  traceInference,
  traceTool,
  TracingConfigError,
  withCorrelationId,
} from '../../src/index.js';
import { drain } from '../drain.js';
import { RecordedCalls } from '../recorded-calls.js';

const recorded = new RecordedCalls();
beforeAll(() => recorded.start());
beforeEach(() => recorded.reset());
afterAll(() => recorded.stop());

const span = (name: string) => recorded.spans.find((each) => each.name === name)!;
const child = (name: string): void => trace.getTracer('test').startSpan(name).end();

describe('traceAgent and traceTool', () => {
  it('hang the calls and tools of an agent under it, and publish no record for them', async () => {
    const model = { provider: 'example', requestModel: 'small' };
    const answer = await withCorrelationId('c-1', () =>
      traceAgent(
        { name: 'travel', id: 'a-1', description: 'plans', version: '2', ...model },
        async () => {
          await traceInference(model, async () => 1);
          return traceTool(
            { name: 'weather', callId: 'call-1', description: 'of a city' },
            async () => 'sunny',
          );
        },
      ),
    );
    expect(answer).toBe('sunny');
    const agent = span('invoke_agent travel');
    expect(agent.kind).toBe(SpanKind.INTERNAL);
    expect(agent.attributes).toEqual({
      correlation_id: 'c-1',
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'travel',
      'gen_ai.agent.id': 'a-1',
      'gen_ai.agent.description': 'plans',
      'gen_ai.agent.version': '2',
      'gen_ai.provider.name': 'example',
      'gen_ai.request.model': 'small',
    });
    expect(span('execute_tool weather').attributes).toEqual({
      correlation_id: 'c-1',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'weather',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.description': 'of a city',
      'gen_ai.tool.call.id': 'call-1',
    });
    for (const name of ['execute_tool weather', 'chat small']) {
      expect(span(name).parentSpanContext?.spanId).toBe(agent.spanContext().spanId);
    }
    expect(recorded.records).toHaveLength(2);
  });

  it('record arguments and results only if content is captured, masked and cut', async () => {
    const tool = { name: 'mail', arguments: { to: 'jane@example.org' } };
    await traceTool(tool, async () => 'sent to jane@example.org');
    await traceTool({ ...tool, captureContent: true }, async () => 'sent to jane@example.org');
    traceTool({ ...tool, captureContent: { maxLength: 4 } }, () => ({ a: 1 }));
    const attributes = recorded.spans.map((each) => [
      each.attributes['gen_ai.tool.call.arguments'],
      each.attributes['gen_ai.tool.call.result'],
    ]);
    expect(attributes).toEqual([
      [undefined, undefined],
      ['{"to":"[EMAIL]"}', 'sent to [EMAIL]'],
      ['{"to…', '{"a"…'],
    ]);
  });

  it('tell failures without what the work was given', async () => {
    const error = new RangeError('no mail for Mrs. Doe of Elm Street');
    const failing = traceTool(
      { name: 'mail', arguments: { to: 'Mrs. Doe of Elm Street' } },
      async () => {
        throw error;
      },
    );
    await expect(failing).rejects.toBe(error);
    expect(() =>
      traceAgent({ name: 'a', input: 'Mrs. Doe of Elm Street' }, () => {
        throw error;
      }),
    ).toThrow(error);
    for (const { attributes, status } of recorded.spans) {
      expect(attributes['error.type']).toBe('RangeError');
      expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'no mail for [PROMPT]' });
    }
    expect(recorded.told).not.toMatch(/Doe|Elm/);
  });

  it('last for as long as the stream that an agent returns, whose steps are part of it', async () => {
    const stream = traceAgent({ name: 'talker' }, async function* () {
      child('first step');
      yield 1;
      child('second step');
      yield 2;
    });
    expect(recorded.spans).toEqual([]);
    await drain(stream);
    const id = span('invoke_agent talker').spanContext().spanId;
    expect(span('first step').parentSpanContext?.spanId).toBe(id);
    expect(span('second step').parentSpanContext?.spanId).toBe(id);

    recorded.reset();
    for await (const _ of traceAgent({ name: 'talker' }, async function* () {
      yield 1;
    })) {
      expect(_).toBe(1);
      break;
    }
    expect(span('invoke_agent talker').attributes['llm.stream.outcome']).toBe('left_early');
  });

  it('name the option that is wrong', () => {
    expect(() => traceTool({ name: '' }, () => 1)).toThrow(TracingConfigError);
    expect(() => traceAgent({ name: 1 as never }, () => 1)).toThrow(/^name: /);
  });
});
