import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  getLlmContext,
  stats,
  traceFunction,
  traceInference,
  TracingConfigError,
  withCorrelationId,
  withLlmContext,
} from '../../src/index.js';
import { patiently } from '../patiently.js';
import { RecordedCalls } from '../recorded-calls.js';
import { drain } from '../drain.js';

const recorded = new RecordedCalls();
beforeAll(() => recorded.start());
beforeEach(() => recorded.reset());
afterAll(() => recorded.stop());

const model = { provider: 'example', requestModel: 'small' };
const child = (name: string): void => trace.getTracer('test').startSpan(name).end();
const parentOf = (name: string): string | undefined =>
  recorded.spans.find((span) => span.name === name)?.parentSpanContext?.spanId;

describe('traceInference', () => {
  it('makes a span of a call, under which what it does hangs, and two records', async () => {
    const answer = { text: 'hi' };
    const result = await withCorrelationId('c-1', () =>
      withLlmContext({ tenantId: 'acme' }, () =>
        traceInference(
          {
            ...model,
            attributes: { team: 'a' },
            serverAddress: 'models.example',
            serverPort: 8443,
          },
          async (inference) => {
            child('inner');
            await Promise.resolve();
            inference.setResponse({
              responseModel: 'small-1',
              responseId: 'r-1',
              finishReasons: ['stop'],
              usage: { inputTokens: 3, outputTokens: 4 },
              outputText: 'hi',
            });
            return answer;
          },
        ),
      ),
    );
    expect(result).toBe(answer);
    const span = recorded.spans.find(({ name }) => name === 'chat small')!;
    expect(span.attributes).toEqual({
      team: 'a',
      correlation_id: 'c-1',
      tenant_id: 'acme',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'example',
      'gen_ai.request.model': 'small',
      'gen_ai.response.model': 'small-1',
      'gen_ai.response.id': 'r-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 4,
      'server.address': 'models.example',
      'server.port': 8443,
    });
    expect(parentOf('inner')).toBe(span.spanContext().spanId);
    const [start, end] = recorded.records;
    expect(start).toEqual({
      version: 1,
      event: 'start',
      id: end?.id,
      provider: 'example',
      operation: 'chat',
      requestModel: 'small',
      tenantId: 'acme',
    });
    expect(end).toEqual({
      ...start,
      event: 'end',
      responseModel: 'small-1',
      durationMillis: expect.any(Number) as number,
      usage: { inputTokens: 3, outputTokens: 4 },
      finishReason: 'stop',
    });
  });

  it('publishes in the context of the call, where the tenant and the span are', async () => {
    const seen: unknown[] = [];
    const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
    const look = (): void => {
      seen.push([getLlmContext()?.tenantId, trace.getSpan(context.active())?.spanContext().spanId]);
    };
    subscribe('llm:inference', look);
    const stream = withLlmContext({ tenantId: 'acme' }, () =>
      traceInference(model, () => count(2)),
    );
    await drain(stream);
    unsubscribe('llm:inference', look);
    const id = recorded.calls[0]?.spanContext().spanId;
    expect(seen).toEqual([
      ['acme', id],
      ['acme', id],
    ]);
  });

  it('returns a sync result, and throws a sync error', () => {
    expect(traceInference(model, () => 7)).toBe(7);
    const error = new RangeError('no');
    expect(() =>
      traceInference(model, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(recorded.ends.map(({ errorType }) => errorType)).toEqual([undefined, 'RangeError']);
    expect(recorded.calls.map(({ status }) => status.code)).toEqual([
      SpanStatusCode.UNSET,
      SpanStatusCode.ERROR,
    ]);
  });

  it('returns the very promise, and rejects with the very error', async () => {
    class Special extends Promise<number> {}
    const promise = new Special((resolve) => setTimeout(resolve, 5, 7));
    expect(traceInference(model, () => promise)).toBe(promise);
    expect(recorded.ends).toEqual([]);
    await promise;
    const error = { odd: true };
    await expect(traceInference(model, () => Promise.reject(error))).rejects.toBe(error);
    expect(recorded.ends.map(({ errorType }) => errorType)).toEqual([undefined, 'object']);
  });

  it('reads answers and chunks by the functions that it is given', async () => {
    await traceInference(
      { ...model, readResponse: (answer) => ({ usage: { outputTokens: answer.tokens } }) },
      async () => ({ tokens: 5 }),
    );
    const stream = traceInference(
      { ...model, readChunk: (chunk) => ({ finishReasons: [`at ${chunk}`] }) },
      () => count(3),
    );
    await drain(stream);
    expect(recorded.ends[0]?.usage).toEqual({ outputTokens: 5 });
    expect(recorded.ends[1]).toMatchObject({ finishReason: 'at 3', outputChunks: 3 });
  });

  it('survives readers that throw', async () => {
    const before = stats().internalErrors;
    const reader = (): never => {
      throw new Error('reader');
    };
    await expect(traceInference({ ...model, readResponse: reader }, async () => 1)).resolves.toBe(
      1,
    );
    await drain(traceInference({ ...model, readChunk: reader }, () => count(2)));
    expect(recorded.ends).toHaveLength(2);
    expect(stats().internalErrors).toBe(before + 3);
  });

  it('counts calls, failures and answers without usage', async () => {
    const before = stats();
    await traceInference(model, async () => 1);
    await traceInference(model, () => Promise.reject(new Error('x'))).catch(() => undefined);
    const after = stats();
    expect(after.inferences - before.inferences).toBe(2);
    expect(after.inferencesFailed - before.inferencesFailed).toBe(1);
    expect(after.usageMissing - before.usageMissing).toBe(1);
  });

  it('names the option that is wrong', () => {
    const call = (): number => 1;
    expect(() => traceInference({ provider: '', requestModel: 'm' }, call)).toThrow(/^provider: /);
    expect(() => traceInference({ ...model, requestModel: 3 as never }, call)).toThrow(
      TracingConfigError,
    );
    expect(() => traceInference({ ...model, operation: '' }, call)).toThrow(/^operation: /);
    expect(() => traceInference({ ...model, tracerName: '' }, call)).toThrow(/^tracerName: /);
  });
});

async function* count(to: number): AsyncGenerator<number> {
  for (let i = 1; i <= to; i++) {
    child(`step ${i}`);
    yield i;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('traceInference of streams', () => {
  it('keeps what a generator does under the call, and what its reader does out of it', async () => {
    await trace.getTracer('test').startActiveSpan('reader', async (reader) => {
      for await (const value of traceInference(model, () => count(2))) child(`read ${value}`);
      reader.end();
    });
    const call = recorded.calls[0]?.spanContext().spanId;
    const reader = recorded.spans.find(({ name }) => name === 'reader')?.spanContext().spanId;
    expect(['step 1', 'step 2', 'read 1', 'read 2'].map(parentOf)).toEqual([
      call,
      call,
      reader,
      reader,
    ]);
  });

  it('ends when the stream is read, left, thrown out of or failed, and not before', async () => {
    const stream = await traceInference(model, async () => count(3));
    expect(recorded.ends).toEqual([]);
    for await (const value of stream) if (value === 2) break;
    expect(recorded.ends).toHaveLength(1);
    expect(recorded.calls[0]?.attributes['llm.stream.outcome']).toBe('left_early');

    const error = new Error('upstream');
    const failing = traceInference(model, async function* () {
      yield 1;
      throw error;
    });
    const read = async (): Promise<void> => {
      await drain(failing);
    };
    await expect(read()).rejects.toBe(error);
    expect(recorded.ends[1]).toMatchObject({ errorType: 'Error', outputChunks: 1 });
  });

  it('watches anything that can be read with for await, and leaves it what it is', async () => {
    class Feed {
      async *[Symbol.asyncIterator](): AsyncGenerator<number> {
        child('in the feed');
        yield 1;
      }
    }
    const feed = new Feed();
    expect(traceInference(model, () => feed)).toBe(feed);
    expect(Object.keys(feed)).toEqual([]);
    await drain(feed);
    expect(recorded.ends).toHaveLength(1);
    expect(parentOf('in the feed')).toBe(recorded.calls[0]?.spanContext().spanId);
  });

  it('watches web streams, read by a loop or by a reader', async () => {
    const source = (): ReadableStream<number> =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(1);
          controller.enqueue(2);
          controller.close();
        },
      });
    await drain(traceInference(model, source));
    const reader = traceInference(model, source).getReader();
    expect(await reader.read()).toEqual({ value: 1, done: false });
    await reader.cancel();
    expect(recorded.ends.map(({ outputChunks }) => outputChunks)).toEqual([2, 1]);
    expect(recorded.calls.map(({ attributes }) => attributes['llm.stream.outcome'])).toEqual([
      undefined,
      'left_early',
    ]);
  });

  it('watches web streams that are piped, split, or cancelled unread', async () => {
    const source = (): ReadableStream<number> => {
      let next = 1;
      return new ReadableStream({
        pull(controller) {
          controller.enqueue(next++);
          if (next > 3) controller.close();
        },
      });
    };
    const written: number[] = [];
    await traceInference(model, source).pipeTo(
      new WritableStream({ write: (chunk: number) => void written.push(chunk) }),
    );
    expect(written).toEqual([1, 2, 3]);
    const [left, right] = traceInference(model, source).tee();
    expect(await Promise.all([drain(left), drain(right)])).toEqual([3, 3]);
    const broken = traceInference(model, source).pipeThrough(
      new TransformStream({
        transform() {
          throw new RangeError('enough');
        },
      }),
    );
    await expect(drain(broken)).rejects.toThrow('enough');
    await traceInference(model, source).cancel('no need');
    expect(recorded.ends.map(({ outputChunks }) => outputChunks)).toEqual([3, 3, 1, undefined]);
    expect(recorded.calls.map(({ attributes }) => attributes['llm.stream.outcome'])).toEqual([
      undefined,
      undefined,
      'left_early',
      'left_early',
    ]);
  });

  it('reads nothing of a piped web stream before it is asked for', async () => {
    let pulled = 0;
    const source = new ReadableStream(
      {
        pull(controller) {
          controller.enqueue(++pulled);
        },
      },
      { highWaterMark: 0 },
    );
    const [left] = traceInference(model, () => source).tee();
    expect(pulled).toBe(0);
    await left.getReader().read();
    expect(pulled).toBe(1);
  });

  it('gives up on what cannot be watched', async () => {
    const frozen = Object.freeze({ [Symbol.asyncIterator]: () => count(1) });
    const stream = traceInference(model, () => frozen);
    expect(recorded.ends).toHaveLength(1);
    const chunks = await drain(stream);
    expect(chunks).toBe(1);
  });
});

describe('what an error may tell', () => {
  const prompt = 'Mrs. Doe of Elm Street, 123-45-6789';
  const fail = (): never => {
    throw new Error(`refused: ${prompt}`);
  };

  it('is nothing of the prompt, in this span or in one further out', async () => {
    const outer = traceFunction('outer')(() =>
      traceInference({ ...model, input: { prompt } }, async () => fail()),
    );
    await expect(outer()).rejects.toThrow(prompt);
    expect(recorded.calls[0]?.status.message).toBe('refused: [PROMPT]');
    const span = recorded.spans.find(({ name }) => name === 'outer');
    expect(span?.attributes['error']).toBe('refused: [PROMPT]');
    expect(recorded.told).not.toMatch(/Doe|Elm|123-45/);
  });

  it('is masked where the prompt is not known, and is all of it if that is wanted', async () => {
    await traceInference(model, async () => fail()).catch(() => undefined);
    expect(recorded.calls[0]?.status.message).toBe('refused: Mrs. Doe of Elm Street, [SSN]');
    recorded.reset();
    const raw = { ...model, input: prompt, maskError: false as const };
    await traceInference(raw, async () => fail()).catch(() => undefined);
    expect(recorded.calls[0]?.status.message).toContain('123-45-6789');
  });

  it('costs no call when reading the error or masking it throws', async () => {
    const odd = new Error('x');
    Object.defineProperty(odd, 'message', {
      get: () => {
        throw new Error('getter');
      },
    });
    await expect(traceInference(model, () => Promise.reject(odd))).rejects.toBe(odd);
    const mask = (): never => {
      throw new Error('mask');
    };
    const error = new Error('y');
    await expect(
      traceInference({ ...model, maskError: mask }, () => Promise.reject(error)),
    ).rejects.toBe(error);
    await vi.waitFor(() => expect(recorded.ends).toHaveLength(2), patiently);
    expect(recorded.told).not.toContain('"y"');
  });
});
