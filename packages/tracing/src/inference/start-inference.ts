import { context, SpanKind, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { contextAttributes } from '../context-attributes.js';
import { llmContext, type LlmContext } from '../context.js';
import { counters } from '../stats.js';
import { AnswerContent } from './answer.js';
import type { Call } from './call.js';
import { messagesText, partsText } from './content.js';
import { callAttributes, genAi } from './conventions.js';
import { currentTracer } from './current-tracer.js';
import { inferenceChannel } from './inference-record.js';
import { Inference } from './inference.js';
import type { InferenceSettings } from './settings.js';

/** Who takes something of a call: an SDK, subscribers, or both; undefined when there is nobody. */
export function takersOf(settings: InferenceSettings): Takers | undefined {
  const tracer = currentTracer(settings.tracerName);
  if (tracer !== undefined) return tracer;
  return inferenceChannel.hasSubscribers ? 'subscribers' : undefined;
}

export type Takers = Tracer | 'subscribers';

/** Begins a call; undefined when that is not possible, which costs a span and not the call. */
export function startInference(
  settings: InferenceSettings,
  takers: Takers,
  call: Call,
): Inference | undefined {
  try {
    const store = llmContext.getStore();
    const parent = context.active();
    const span =
      takers === 'subscribers' ? undefined : startSpan(takers, settings, call, parent, store);
    counters.inferences++;
    const inference = new Inference(call, settings, parent, span, store);
    if (span?.isRecording() === true) describe(span, call, settings, inference);
    return inference;
  } catch {
    // A tracer of somebody else's that throws.
    counters.internalErrors++;
    return undefined;
  }
}

function startSpan(
  tracer: Tracer,
  { attributes: more }: InferenceSettings,
  { operation, provider, requestModel, server }: Call,
  parent: Context,
  store: LlmContext | undefined,
): Span {
  const attributes = callAttributes(operation, provider, requestModel, server);
  if (store !== undefined) contextAttributes(store, attributes);
  const name = `${operation} ${requestModel}`;
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
  // Set on the span rather than given to its start, where an SDK walks through them three times.
  if (more !== undefined && span.isRecording()) {
    for (const each in more) {
      const value = more[each];
      // What the conventions name is not for others to say.
      if (value !== undefined && attributes[each] === undefined) span.setAttribute(each, value);
    }
  }
  return span;
}

function describe(
  span: Span,
  call: Call,
  { content: settings }: InferenceSettings,
  inference: Inference,
): void {
  try {
    call.format.describe?.(span, call.sent);
    if (settings === undefined) return;
    inference.answer.content = new AnswerContent(settings.maxLength);
    const { instructions = [], messages = [] } = call.format.content?.(call.sent) ?? {};
    if (instructions.length > 0) {
      span.setAttribute(genAi.systemInstructions, partsText(instructions, settings));
    }
    if (messages.length > 0) {
      span.setAttribute(genAi.inputMessages, messagesText(messages, settings));
    }
  } catch {
    counters.internalErrors++;
  }
}
