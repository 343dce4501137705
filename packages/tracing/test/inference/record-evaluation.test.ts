import { context, propagation, trace, type Span } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordEvaluation, TracingConfigError } from '../../src/index.js';
import { RecordedCalls } from '../recorded-calls.js';

const recorded = new RecordedCalls();
beforeAll(() => recorded.start());
beforeEach(() => recorded.reset());
afterAll(() => recorded.stop());

const start = (name: string): Span => trace.getTracer('test').startSpan(name);

describe('recordEvaluation', () => {
  it('adds an event to the span that is active, or to the one that is named', () => {
    const judged = start('judged');
    const evaluation = { name: 'relevance', score: 0.75, label: 'pass', responseId: 'r-1' };
    expect(
      context.with(trace.setSpan(context.active(), judged), () => recordEvaluation(evaluation)),
    ).toBe(true);
    expect(recordEvaluation({ name: 'tone', label: 'kind' }, { span: judged })).toBe(true);
    judged.end();
    expect(recorded.spans[0]?.events).toMatchObject([
      {
        name: 'gen_ai.evaluation.result',
        attributes: {
          'gen_ai.evaluation.name': 'relevance',
          'gen_ai.evaluation.score.value': 0.75,
          'gen_ai.evaluation.score.label': 'pass',
          'gen_ai.response.id': 'r-1',
        },
      },
      { attributes: { 'gen_ai.evaluation.name': 'tone', 'gen_ai.evaluation.score.label': 'kind' } },
    ]);
  });

  it('puts feedback that comes after the end on a span under the judged one', () => {
    const judged = start('judged');
    const carrier: Record<string, string> = {};
    new W3CTraceContextPropagator().inject(trace.setSpan(context.active(), judged), carrier, {
      set: (into: Record<string, string>, key, value) => {
        into[key] = value;
      },
    });
    judged.end();
    const { spanId, traceId } = judged.spanContext();
    const targets = [judged, judged.spanContext(), carrier['traceparent']!];
    for (const span of targets) {
      expect(recordEvaluation({ name: 'user_feedback', label: 'thumbs_up' }, { span })).toBe(true);
    }
    const feedback = recorded.spans.filter(({ name }) => name === 'evaluate user_feedback');
    expect(feedback).toHaveLength(3);
    for (const span of feedback) {
      expect(span.parentSpanContext?.spanId).toBe(spanId);
      expect(span.spanContext().traceId).toBe(traceId);
      expect(span.events).toHaveLength(1);
    }
    expect(propagation.getActiveBaggage()).toBeUndefined();
  });

  it('masks the explanation, and survives a mask that throws', () => {
    const judged = start('judged');
    const evaluation = { name: 'safety', score: 0, explanation: 'names jane@example.org' };
    recordEvaluation(evaluation, { span: judged });
    recordEvaluation(evaluation, {
      span: judged,
      mask: () => {
        throw new Error('mask');
      },
    });
    judged.end();
    const explanations = recorded.spans[0]?.events.map(
      ({ attributes }) => attributes?.['gen_ai.evaluation.explanation'],
    );
    expect(explanations).toEqual(['names [EMAIL]', undefined]);
  });

  it('tells when there is nothing to judge', () => {
    expect(recordEvaluation({ name: 'tone', score: 1 })).toBe(false);
    const nowhere = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 1 };
    expect(recordEvaluation({ name: 'tone', score: 1 }, { span: nowhere })).toBe(false);
  });

  it('names the value that is wrong', () => {
    const judge = (evaluation: object, span?: string) => () =>
      recordEvaluation(evaluation as never, { span });
    expect(judge({ name: '', score: 1 })).toThrow(TracingConfigError);
    expect(judge({ name: 'a', score: NaN })).toThrow(/^score: /);
    expect(judge({ name: 'a' })).toThrow(/^score: /);
    expect(judge({ name: 'a', label: '' })).toThrow(/^label: /);
    expect(judge({ name: 'a', score: 1 }, 'not-a-traceparent')).toThrow(/^span: /);
  });
});
