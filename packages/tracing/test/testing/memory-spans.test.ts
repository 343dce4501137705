import { trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { traceFunction, withCorrelationId } from '../../src/index.js';
import { recordSpans } from '../../src/testing.js';

it('records what ends, tells what does not, and leaves nothing behind', async () => {
  const memory = recordSpans();
  expect(() => recordSpans()).toThrow('set up already');
  withCorrelationId('a', traceFunction('outer')(traceFunction('inner')(() => 1)));
  const left = trace.getTracer('t').startSpan('left');
  expect(memory.tree()).toBe('outer\n  inner');
  expect(memory.open).toEqual(['left']);
  expect(memory.one('inner').attributes['correlation_id']).toBe('a');
  expect(() => memory.one('none')).toThrow('no span "none" in\nouter');
  left.end();
  memory.reset();
  expect([memory.spans, memory.open]).toEqual([[], []]);
  await memory.stop();
  expect(trace.getTracer('t').startSpan('after').isRecording()).toBe(false);
  await recordSpans().stop();
});
