import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  getCorrelationId,
  stats,
  traceFunction,
  TracingConfigError,
  withCorrelationId,
  withLlmContext,
} from '../src/index.js';
import { collectGarbage } from './collect-garbage.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();

beforeEach(() => exporter.reset());
afterAll(async () => {
  await provider.shutdown();
});

const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
const span = (name: string): ReadableSpan => spans().find((each) => each.name === name)!;
const parentOf = (name: string): string | undefined => span(name).parentSpanContext?.spanId;
const child = (name: string): void => trace.getTracer('test').startSpan(name).end();

describe('traceFunction on functions', () => {
  it('makes a span of a sync call, with what the request knows', () => {
    const add = traceFunction('add', { attributes: { model: 'm' }, kind: SpanKind.CLIENT })(
      function sum(a: number, b: number) {
        child('inner');
        return a + b;
      },
    );
    const result = withCorrelationId('c-1', () =>
      withLlmContext({ tenantId: 't', userId: 'u', conversationId: 'v' }, () => add(1, 2)),
    );
    expect(result).toBe(3);
    expect(span('add').attributes).toEqual({
      model: 'm',
      correlation_id: 'c-1',
      tenant_id: 't',
      'user.id': 'u',
      'gen_ai.conversation.id': 'v',
      function: 'sum',
      success: true,
    });
    expect(span('add').kind).toBe(SpanKind.CLIENT);
    expect(parentOf('inner')).toBe(span('add').spanContext().spanId);
  });

  it('ends the span of an async call when the promise settles, and returns that very promise', async () => {
    class Special extends Promise<number> {}
    const promise = new Special((resolve) => setTimeout(resolve, 5, 7));
    const result = traceFunction('async')(() => promise)();
    expect(result).toBe(promise);
    expect(spans()).toHaveLength(0);
    await expect(result).resolves.toBe(7);
    expect(span('async').attributes['success']).toBe(true);
  });

  it('gives the caller the original error and records a masked one', async () => {
    const error = new RangeError('no user jane@example.com, key sk-proj-abcdef123456');
    const failing = traceFunction('fail')(async (): Promise<void> => {
      await Promise.resolve();
      throw error;
    });
    await expect(failing()).rejects.toBe(error);
    expect(error.message).toContain('jane@example.com');
    const failed = span('fail');
    expect(failed.attributes).toMatchObject({
      success: false,
      'error.type': 'RangeError',
      error: 'no user [EMAIL], key [REDACTED]',
    });
    expect(failed.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'no user [EMAIL], key [REDACTED]',
    });
    expect(failed.events[0]?.attributes).toMatchObject({
      'exception.type': 'RangeError',
      'exception.message': 'no user [EMAIL], key [REDACTED]',
    });
    expect(failed.events[0]?.attributes?.['exception.stacktrace']).toContain('trace-function.test');
    expect(JSON.stringify([failed.attributes, failed.events])).not.toMatch(/jane@|abcdef123456/);
  });

  it.each([
    ['a string', 'call +49 30 1234567', 'string', 'call [PHONE]'],
    ['undefined', undefined, 'undefined', 'undefined'],
    ['null', null, 'null', '[object Null]'],
    ['a plain object', { message: 'plain' }, 'object', 'plain'],
  ])('takes %s that was thrown', (_, thrown, type, message) => {
    const failing = traceFunction('odd')(() => {
      throw thrown;
    });
    let caught: unknown = 'nothing';
    try {
      failing();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(span('odd').attributes).toMatchObject({ 'error.type': type, error: message });
  });

  it('survives an error whose properties throw and a mask that does', () => {
    const before = stats();
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', {
      get: () => {
        throw new Error('getter');
      },
    });
    const one = traceFunction('hostile')(() => {
      throw hostile;
    });
    const maskError = (): string => {
      throw new Error('mask');
    };
    const two = traceFunction('badMask', { maskError })(() => {
      throw new Error('secret');
    });
    expect(one).toThrow(hostile);
    expect(two).toThrow('secret');
    for (const name of ['hostile', 'badMask']) {
      expect(span(name).status.code).toBe(SpanStatusCode.ERROR);
      expect(span(name).attributes['success']).toBe(false);
    }
    expect(span('badMask').attributes).not.toHaveProperty('error');
    expect(stats().internalErrors - before.internalErrors).toBe(2);
    expect(stats().callsFailed - before.callsFailed).toBe(2);
    expect(stats().callsTraced - before.callsTraced).toBe(2);
  });

  it('records messages as they are only when told so', () => {
    const failing = traceFunction('raw', { maskError: false })(() => {
      throw new Error('jane@example.com');
    });
    expect(failing).toThrow();
    expect(span('raw').attributes['error']).toBe('jane@example.com');
  });

  it('keeps name, length and this', () => {
    function original(this: { x: number }, a: number, b: number): number {
      return this.x + a * b;
    }
    const traced = traceFunction('kept')(original);
    expect([traced.name, traced.length]).toEqual(['original', 2]);
    expect(traced.call({ x: 9 }, 1, 2)).toBe(11);
  });

  it('leaves values alone that could be iterated or awaited but are neither generator nor promise', () => {
    let awaited = 0;
    const lazy = { then: (): number => awaited++, [Symbol.asyncIterator]: () => undefined };
    expect(traceFunction('lazy')(() => lazy)()).toBe(lazy);
    expect(awaited).toBe(0);
    expect(span('lazy').attributes['success']).toBe(true);
  });

  it.each([
    ['operationName', () => traceFunction('')],
    ['operationName', () => traceFunction(7 as never)],
    ['maskError', () => traceFunction('a', { maskError: 'x' as never })],
    ['kind', () => traceFunction('a', { kind: 99 as never })],
    ['functionName', () => traceFunction('a', { functionName: '' })],
    ['traceFunction("a")', () => traceFunction('a')(5 as never)],
    ['traceFunction("a")', () => traceFunction('a')(Map as never, { kind: 'class' } as never)],
  ])('refuses a bad %s', (option, make) => {
    expect(make).toThrow(TracingConfigError);
    expect(make).toThrow(option);
  });
});

describe('traceFunction on generators', () => {
  const count = traceFunction('count')(function* (
    to: number,
  ): Generator<number, string, string | undefined> {
    for (let i = 1; i <= to; i++) {
      child(`step ${i}`);
      yield i;
    }
    return 'done';
  });

  it('keeps child spans under the span while others run between the steps', () => {
    const seen: number[] = [];
    context.with(context.active(), () => {
      for (const value of count(2)) {
        seen.push(value);
        child(`between ${value}`);
      }
    });
    expect(seen).toEqual([1, 2]);
    const id = span('count').spanContext().spanId;
    expect([parentOf('step 1'), parentOf('step 2')]).toEqual([id, id]);
    expect([parentOf('between 1'), parentOf('between 2')]).toEqual([undefined, undefined]);
    expect(spans().filter((each) => each.name === 'count')).toHaveLength(1);
  });

  it('passes values in and out like the original', () => {
    const generator = count(1);
    expect(Object.prototype.toString.call(generator)).toBe('[object Generator]');
    expect(generator[Symbol.iterator]()).toBe(generator);
    expect(generator.next('')).toEqual({ value: 1, done: false });
    expect(generator.next('')).toEqual({ value: 'done', done: true });
    expect(generator.next('')).toEqual({ value: undefined, done: true });
    expect(spans().filter((each) => each.name === 'count')).toHaveLength(1);
  });

  it('ends the span on an early break, and once only', () => {
    for (const value of count(5)) if (value === 2) break;
    expect(spans().filter((each) => each.name === 'count')).toHaveLength(1);
    expect(span('count').attributes['success']).toBe(true);
  });

  it('ends the span with the error that is thrown in or out', () => {
    const error = new TypeError('in');
    const generator = count(5);
    generator.next('');
    expect(() => generator.throw(error)).toThrow(error);
    expect(span('count').attributes['error.type']).toBe('TypeError');
  });

  it('makes no span for a generator that was never started', () => {
    const generator = count(5);
    expect(generator.return('x')).toEqual({ value: 'x', done: true });
    expect(spans()).toHaveLength(0);
  });
});

describe('traceFunction on async generators', () => {
  const stream = traceFunction('stream')(async function* (to: number, fail = false) {
    for (let i = 1; i <= to; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      child(`chunk ${to} ${i}`);
      yield getCorrelationId();
    }
    if (fail) throw new Error('stream broke');
  });

  it('keeps parents apart in parallel and nested iterations, consumed out of context', async () => {
    const outer = traceFunction('outer')(async function* () {
      for await (const id of stream(3)) yield id;
    });
    const one = withCorrelationId('one', () => stream(2));
    const two = withCorrelationId('two', () => outer());
    const drain = async (iterable: AsyncIterable<unknown>): Promise<unknown[]> => {
      const all = [];
      for await (const each of iterable) all.push(each);
      return all;
    };
    expect(await Promise.all([drain(one), drain(two)])).toEqual([
      ['one', 'one'],
      ['two', 'two', 'two'],
    ]);
    const streams = spans().filter((each) => each.name === 'stream');
    expect(streams.map((each) => each.attributes['correlation_id']).sort()).toEqual(['one', 'two']);
    const ofTwo = streams.find((each) => each.attributes['correlation_id'] === 'two')!;
    expect(ofTwo.parentSpanContext?.spanId).toBe(span('outer').spanContext().spanId);
    expect(parentOf('chunk 3 3')).toBe(ofTwo.spanContext().spanId);
    expect(parentOf('chunk 2 2')).not.toBe(ofTwo.spanContext().spanId);
  });

  it('ends the span once on break, on an error in the loop, and on an error of its own', async () => {
    for await (const id of stream(3)) if (id === undefined) break;
    const inLoop = async (): Promise<void> => {
      for await (const id of stream(3)) throw new Error(`mine ${String(id)}`);
    };
    await expect(inLoop()).rejects.toThrow('mine');
    const drained = async (): Promise<void> => {
      for await (const id of stream(1, true)) expect(id).toBeUndefined();
    };
    await expect(drained()).rejects.toThrow('stream broke');
    const ended = spans().filter((each) => each.name === 'stream');
    expect(ended.map((each) => each.attributes['success'])).toEqual([true, true, false]);
  });
});

describe('parents of spans made while an async generator runs', () => {
  const inner = traceFunction('inner')(async function* (fail = false) {
    try {
      child('inner before');
      yield 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      child('inner after');
      if (fail) throw new RangeError('inner broke');
      yield 2;
    } finally {
      await Promise.resolve();
      child('inner finally');
    }
  });
  const outer = traceFunction('outer')(async function* (fail = false) {
    child('outer before');
    yield* inner(fail);
    child('outer after');
  });
  const idOf = (name: string): string => span(name).spanContext().spanId;

  it('are right under delegation', async () => {
    for await (const value of outer()) child(`reader ${value}`);
    expect(parentOf('inner')).toBe(idOf('outer'));
    expect(['outer before', 'outer after'].map(parentOf)).toEqual([idOf('outer'), idOf('outer')]);
    expect(['inner before', 'inner after', 'inner finally'].map(parentOf)).toEqual(
      Array(3).fill(idOf('inner')),
    );
    expect(['reader 1', 'reader 2'].map(parentOf)).toEqual([undefined, undefined]);
  });

  it('are right in what runs because the reader has left, or because of an error', async () => {
    for await (const _ of outer()) {
      expect(_).toBe(1);
      break;
    }
    expect(parentOf('inner finally')).toBe(idOf('inner'));
    expect(span('inner').attributes['success']).toBe(true);

    exporter.reset();
    const read = async (): Promise<void> => {
      for await (const value of outer(true)) child(`reader ${value}`);
    };
    await expect(read()).rejects.toThrow('inner broke');
    expect(['inner after', 'inner finally'].map(parentOf)).toEqual([idOf('inner'), idOf('inner')]);
    for (const name of ['inner', 'outer']) {
      expect(span(name).attributes['error.type']).toBe('RangeError');
    }
  });

  it('are right when many run in turns, each step asked for from another context', async () => {
    const iterators = [1, 2, 3].map((id) => withCorrelationId(`c-${id}`, () => inner()));
    for (let step = 0; step < 3; step++) {
      await Promise.all(
        iterators.map((iterator, index) =>
          trace.getTracer('test').startActiveSpan(`reader ${index}`, () => iterator.next()),
        ),
      );
    }
    const inners = spans().filter(({ name }) => name === 'inner');
    expect(inners.map(({ attributes }) => attributes['correlation_id'])).toEqual([
      'c-1',
      'c-2',
      'c-3',
    ]);
    const ids = inners.map((each) => each.spanContext().spanId);
    const children = spans().filter(({ name }) => name.startsWith('inner '));
    expect(children).toHaveLength(9);
    for (const id of ids) {
      expect(children.filter((each) => each.parentSpanContext?.spanId === id)).toHaveLength(3);
    }
  });

  it('are right when steps are asked for before the one before is there', async () => {
    const iterator = inner();
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    expect(results.map(({ value }) => value)).toEqual([1, 2, undefined]);
    expect(['inner before', 'inner after', 'inner finally'].map(parentOf)).toEqual(
      Array(3).fill(idOf('inner')),
    );
  });

  it('end with the generator when that is dropped half-way', async () => {
    await (async () => {
      await inner().next();
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(spans().some(({ name }) => name === 'inner')).toBe(true);
    });
  });
});

describe('traceFunction on methods', () => {
  class Mapper {
    readonly #factor = 3;

    @traceFunction('standard')
    async map(value: number): Promise<number> {
      child('in method');
      return value * this.#factor;
    }

    @traceFunction('static')
    static make(): Mapper {
      return new Mapper();
    }
  }

  it('decorates as standard decorators do', async () => {
    expect(await Mapper.make().map(2)).toBe(6);
    expect(span('standard').attributes['function']).toBe('map');
    expect(span('static').attributes['function']).toBe('make');
    expect(parentOf('in method')).toBe(span('standard').spanContext().spanId);
  });

  it('decorates as legacy decorators do', () => {
    class Legacy {
      factor = 4;
      map(value: number): number {
        return value * this.factor;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Legacy.prototype, 'map')!;
    const decorated = traceFunction('legacy')(
      Legacy.prototype,
      'map',
      descriptor as TypedPropertyDescriptor<Legacy['map']>,
    );
    Object.defineProperty(Legacy.prototype, 'map', decorated);
    expect(new Legacy().map(2)).toBe(8);
    expect(span('legacy').attributes['function']).toBe('map');
    expect(decorated).toMatchObject({ enumerable: false, writable: true });
    expect(() => traceFunction('legacy')(Legacy.prototype, 'none', {})).toThrow(TracingConfigError);
  });
});
