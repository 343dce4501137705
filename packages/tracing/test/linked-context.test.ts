import { createContextKey, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestRoot } from '../src/linked-context.js';

const keys = Array.from({ length: 5 }, (_, i) => createContextKey(`k${i}`));

it('answers as the API does, whatever was set and deleted, at any depth', () => {
  const step = fc.tuple(fc.nat(4), fc.option(fc.nat(9)));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let ours: Context = requestRoot;
      let theirs: Context = ROOT_CONTEXT;
      const earlier: [Context, Context][] = [];
      for (const [index, value] of steps) {
        const key = keys[index] as symbol;
        earlier.push([ours, theirs]);
        ours = value === null ? ours.deleteValue(key) : ours.setValue(key, value);
        theirs = value === null ? theirs.deleteValue(key) : theirs.setValue(key, value);
      }
      // What was made before has not changed.
      for (const [a, b] of [...earlier, [ours, theirs] as const]) {
        expect(keys.map((key) => a.getValue(key))).toEqual(keys.map((key) => b.getValue(key)));
      }
    }),
  );
});

it('a value set to undefined hides the one before', () => {
  const key = keys[0] as symbol;
  const deep = Array.from({ length: 60 }).reduce<Context>(
    (context) => context.setValue(keys[1] as symbol, 1),
    requestRoot.setValue(key, 'old').setValue(key, undefined),
  );
  expect(deep.getValue(key)).toBeUndefined();
});

it('holds spans as any context does', () => {
  const span = trace.wrapSpanContext({
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    traceFlags: 1,
  });
  expect(trace.getSpan(trace.setSpan(requestRoot, span))).toBe(span);
  expect(trace.getSpan(trace.deleteSpan(trace.setSpan(requestRoot, span)))).toBeUndefined();
  expect(trace.getSpan(requestRoot)).toBeUndefined();
});
