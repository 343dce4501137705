import { SpanStatusCode, type Attributes } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maskText, traceInference } from '../../src/index.js';
import { privateSpan, type Privacy } from '../../src/node/private-span.js';

const byDefault: Privacy = { recordQueryText: false, recordUrlQuery: false, maskError: maskText };
const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(exporter)],
}).getTracer('test');

const provider = new NodeTracerProvider();

function finished(attributes: Attributes, error?: Error): ReadableSpan {
  exporter.reset();
  const span = tracer.startSpan('it', { attributes });
  if (error !== undefined) {
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span.end();
  return exporter.getFinishedSpans()[0]!;
}

describe('privateSpan', () => {
  it('hands on a span that has nothing to hide as it is', () => {
    const span = finished({ 'http.route': '/map', 'url.path': '/map', correlation_id: 'c' });
    expect(privateSpan(span, byDefault)).toBe(span);
  });

  it('takes out query texts and the query part of URLs, and leaves the span itself alone', () => {
    const span = finished({
      'db.query.text': 'select 1',
      'db.statement': 'get key',
      'db.operation.name': 'get',
      'url.query': 'q=1',
      'url.full': 'http://host/a?q=1',
      'url.path': '/a?q=1',
    });
    const view = privateSpan(span, byDefault);
    expect(view.attributes).toEqual({
      'db.operation.name': 'get',
      'url.full': 'http://host/a',
      'url.path': '/a',
    });
    expect(span.attributes['db.query.text']).toBe('select 1');
    expect([view.name, view.spanContext(), view.duration, view.ended]).toEqual([
      span.name,
      span.spanContext(),
      span.duration,
      true,
    ]);
  });

  it('masks messages and stacks of exceptions and the status', () => {
    const view = privateSpan(finished({}, new Error('no jane@example.com')), byDefault);
    expect(view.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no [EMAIL]' });
    expect(view.events[0]?.attributes?.['exception.message']).toBe('no [EMAIL]');
    expect(view.events[0]?.attributes?.['exception.stacktrace']).toMatch(/^Error: no \[EMAIL\]\n/);
  });

  it('hides what a database quotes', () => {
    const error = new Error('invalid input syntax for type integer: "Jane Doe"');
    const view = privateSpan(finished({ 'db.system.name': 'postgresql' }, error), byDefault);
    expect(view.status.message).toBe('invalid input syntax for type integer: [VALUE]');
    expect(JSON.stringify(view.events)).not.toContain('Jane');
  });

  it('leaves everything in when it is told so', () => {
    const span = finished(
      { 'db.system.name': 'redis', 'db.query.text': 'get k', 'url.full': 'http://h/?q' },
      new Error("no 'jane@example.com'"),
    );
    const all: Privacy = { recordQueryText: true, recordUrlQuery: true, maskError: false };
    expect(privateSpan(span, all)).toBe(span);
  });

  describe('of an error that repeats the prompt of a model call', () => {
    const fail = async (prompt: string, message: string): Promise<Error> => {
      const error = new RangeError(message);
      const call = { provider: 'p', requestModel: 'm', input: { prompt } };
      await traceInference(call, () => Promise.reject(error)).catch(() => undefined);
      return error;
    };
    const told = (error: Error): string => {
      const { status, events } = privateSpan(finished({}, error), byDefault);
      return JSON.stringify({ status, events });
    };
    beforeAll(() => {
      provider.register();
    });
    afterAll(() => provider.shutdown());

    it('takes the prompt out of spans of other makers, also where another error quotes it', async () => {
      const prompt = 'Mrs. Doe of Elm Street is ill';
      const error = await fail(prompt, `refused: ${prompt}`);
      const outer = new Error(`Failed after 3 attempts. Last error: ${error.message}`);
      for (const each of [error, outer]) {
        expect(told(each)).toContain('refused: [PROMPT]');
        expect(told(each)).not.toMatch(/Doe|Elm/);
      }
      expect(told(new Error('something else'))).toContain('something else');
    });

    it('keeps nothing behind the part of a long message that was compared', async () => {
      const prompt = 'Mrs. Doe of Elm Street is ill. '.repeat(400);
      const text = told(await fail(prompt, `refused: ${prompt}`));
      expect(text.length).toBeLessThan(5000);
      expect(/Doe|Elm/.test(text)).toBe(false);
    });

    it('remembers a bounded number of them', async () => {
      const first = await fail('the first secret of all', 'no: the first secret of all');
      for (let index = 0; index < 64; index++) {
        await fail(`a later secret, number ${index}`, `no: a later secret, number ${index}`);
      }
      expect(told(first)).toContain('the first secret of all');
      expect(told(new Error('no: a later secret, number 63'))).toContain('[PROMPT]');
    });
  });
});
