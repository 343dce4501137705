import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  bindCorrelation,
  getCorrelationId,
  TracingConfigError,
  traceFunction,
  withCorrelationId,
} from '../src/index.js';
import { recordSpans, type MemorySpans } from '../src/testing.js';

let memory: MemorySpans;
beforeAll(() => {
  memory = recordSpans();
});
beforeEach(() => memory.reset());
afterAll(() => memory.stop());

it('a function runs in the context in which it was bound, whoever calls it', () => {
  const work = traceFunction('work')((n: number) => [getCorrelationId(), n]);
  const bound = withCorrelationId(
    'a',
    traceFunction('request')(() => bindCorrelation(work)),
  );
  expect(withCorrelationId('b', () => bound(3))).toEqual(['a', 3]);
  expect([bound.name, bound.length]).toEqual([work.name, 1]);
  expect(memory.tree()).toBe('request\n  work');
});

it('a function bound outside a request runs outside of one', () => {
  const bound = bindCorrelation(getCorrelationId);
  expect(withCorrelationId('b', bound)).toBeUndefined();
});

it('listeners of an emitter are called in the context of the request that bound it', () => {
  const emitter = new EventEmitter();
  const seen: unknown[] = [];
  emitter.on('data', function (this: unknown, chunk) {
    seen.push([getCorrelationId(), chunk, this === emitter]);
  });
  withCorrelationId('a', () => expect(bindCorrelation(emitter)).toBe(emitter));
  expect(emitter.emit('data', 1)).toBe(true);
  expect(emitter.emit('nobody listens')).toBe(false);
  withCorrelationId('b', () => emitter.emit('data', 2));
  expect(seen).toEqual([
    ['a', 1, true],
    ['a', 2, true],
  ]);
});

it('keeps the span of who emits from within the same request', () => {
  const emitter = new EventEmitter();
  emitter.on(
    'step',
    traceFunction('step')(() => undefined),
  );
  withCorrelationId('a', () => {
    bindCorrelation(emitter);
    traceFunction('inner')(() => emitter.emit('step'))();
  });
  expect(memory.tree()).toBe('inner\n  step');
});

it('refuses what is neither', () => {
  expect(() => bindCorrelation({} as never)).toThrow(TracingConfigError);
});
