import { context, SpanKind, type Attributes, type Span, type Tracer } from '@opentelemetry/api';
import { contextAttributes } from '../context-attributes.js';
import { llmContext } from '../context.js';
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
    let span: Span | undefined;
    if (takers !== 'subscribers') {
      const { operation, requestModel } = call;
      const attributes = callAttributes(operation, call.provider, requestModel, call.server);
      if (settings.attributes !== undefined) add(attributes, settings.attributes);
      if (call.attributes !== undefined) add(attributes, call.attributes);
      if (store !== undefined) contextAttributes(store, attributes);
      span = takers.startSpan(
        `${operation} ${requestModel}`,
        { kind: SpanKind.CLIENT, attributes },
        parent,
      );
    }
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

function add(attributes: Attributes, more: Attributes): void {
  // The names of the conventions are not for others to use.
  for (const name in more) attributes[name] ??= more[name];
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
