import {
  isSpanContextValid,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import { contextAttributes } from '../context-attributes.js';
import { maskBounded, maskText } from '../mask.js';
import { counters } from '../stats.js';
import { genAi } from './conventions.js';
import { currentTracer } from './current-tracer.js';
import { requireText } from './require-text.js';

const maxExplanationLength = 4096;

/** A judgement of an answer: by a person, a program or a model. */
export interface Evaluation {
  /** What was judged, such as `relevance`, `user_feedback`. */
  readonly name: string;
  /** Default none. */
  readonly score?: number | undefined;
  /** The verdict in a word, such as `pass`, `thumbs_down`. Default none. */
  readonly label?: string | undefined;
  /** Why; masked before it is recorded. Default none. */
  readonly explanation?: string | undefined;
  /** Id of the answer, as its provider gave it. Default none. */
  readonly responseId?: string | undefined;
}

/** Which span a judgement belongs to, and what of it is recorded. */
export interface RecordEvaluationOptions {
  /**
   * The span that is judged: a span, its context, or the text of a `traceparent` that was kept with the
   * answer. Default the active span.
   */
  readonly span?: Span | SpanContext | string | undefined;
  /** Cleans the explanation. Default {@link maskText}. */
  readonly mask?: ((text: string) => string) | undefined;
}

/**
 * Records a judgement as an event `gen_ai.evaluation.result`. While the judged span is open the event is
 * on it; feedback that comes later is on a span of its own, a child of the judged one.
 *
 * @returns whether there was a span to record it on
 * @throws TracingConfigError naming the value that is wrong
 */
export function recordEvaluation(
  evaluation: Evaluation,
  options: RecordEvaluationOptions = {},
): boolean {
  const attributes = evaluationAttributes(evaluation, options.mask ?? maskText);
  const judged = judgedSpan(options.span);
  if (judged === undefined) return false;
  try {
    if ('isRecording' in judged && judged.isRecording()) {
      judged.addEvent(genAi.evaluationEvent, attributes);
      return true;
    }
    const parent = 'isRecording' in judged ? judged.spanContext() : judged;
    const tracer = currentTracer('@llm/tracing');
    if (tracer === undefined || !isSpanContextValid(parent)) return false;
    const under: Context = trace.setSpanContext(ROOT_CONTEXT, parent);
    const span = tracer.startSpan(
      `evaluate ${evaluation.name}`,
      { kind: SpanKind.INTERNAL, attributes: contextAttributes() },
      under,
    );
    span.addEvent(genAi.evaluationEvent, attributes);
    span.end();
    return true;
  } catch {
    counters.internalErrors++;
    return false;
  }
}

function evaluationAttributes(evaluation: Evaluation, mask: (text: string) => string): Attributes {
  const { name, score, label, explanation, responseId } = evaluation;
  requireText('name', name);
  if (score !== undefined && !Number.isFinite(score)) {
    throw new TracingConfigError('score', 'a finite number', score);
  }
  if (label !== undefined) requireText('label', label);
  if (score === undefined && label === undefined) {
    throw new TracingConfigError('score', 'a number, or a label beside it', score);
  }
  const attributes: Attributes = { [genAi.evaluationName]: name };
  if (score !== undefined) attributes[genAi.evaluationScoreValue] = score;
  if (label !== undefined) attributes[genAi.evaluationScoreLabel] = label;
  if (responseId !== undefined) attributes[genAi.responseId] = responseId;
  if (explanation !== undefined) {
    try {
      attributes[genAi.evaluationExplanation] = maskBounded(
        explanation,
        maxExplanationLength,
        mask,
      );
    } catch {
      counters.internalErrors++;
    }
  }
  return attributes;
}

const traceparent = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

function judgedSpan(given: RecordEvaluationOptions['span']): Span | SpanContext | undefined {
  if (given === undefined) return trace.getActiveSpan();
  if (typeof given !== 'string') return given;
  const match = traceparent.exec(given);
  if (match === null) throw new TracingConfigError('span', 'a traceparent', given);
  const [, traceId = '', spanId = '', flags = ''] = match;
  return {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
}
