import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { contextAttributes } from '../context-attributes.js';
import { llmContext, type LlmContext } from '../context.js';
import { errorText, errorType } from '../error-text.js';
import { requestGone } from '../sent-text.js';
import { counters } from '../stats.js';
import { Answer, AnswerContent, type AnswerReader } from './answer.js';
import { messagesText, partsText, type Content } from './content.js';
import { genAi } from './conventions.js';
import { currentTracer } from './current-tracer.js';
import { inferenceChannel, nextInferenceId, type InferenceEnd } from './inference-record.js';
import type { Observer } from './observer.js';
import type { InferenceSettings } from './settings.js';
import { addUsageAttributes } from './usage.js';

/** What is known of a call when it begins. */
export interface Call {
  readonly provider: string;
  readonly operation: string;
  readonly requestModel: string;
  /** Attributes of the request; the object becomes the span's. */
  readonly attributes: Attributes;
  readonly reader: AnswerReader;
  /** What is sent, so that an error which repeats it is not recorded. */
  readonly sent?: unknown;
  /** What aborts the call, where its stream does not tell. */
  readonly signal?: AbortSignal | undefined;
  /** What of it is content; asked for only if that is recorded. */
  readonly content?: (() => Content) | undefined;
}

/** How a streamed answer ended that was not read to its end. */
export type StreamOutcome = 'left_early' | 'aborted' | 'abandoned' | 'truncated';

/**
 * One model call: its span, and its two records on the channel. It ends once, however the call ends, and
 * nothing that it does throws.
 */
export class Inference implements Observer {
  readonly answer = new Answer();
  /** The context in which the call, and nothing else, runs. */
  readonly context: Context;
  readonly span: Span | undefined;
  pendingSteps = 0;
  onEnd: (() => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly #provider: string;
  readonly #operation: string;
  readonly #requestModel: string;
  readonly #reader: AnswerReader;
  readonly #settings: InferenceSettings;
  readonly #store: LlmContext | undefined;
  readonly #id: string | undefined;
  readonly #startedAt = performance.now();
  #firstChunkAt = 0;
  #chunks = 0;
  #sent: unknown;
  #ended = false;

  private constructor(
    call: Call,
    settings: InferenceSettings,
    parent: Context,
    span: Span | undefined,
  ) {
    // Not the description itself, which holds the request.
    this.#provider = call.provider;
    this.#operation = call.operation;
    this.#requestModel = call.requestModel;
    this.#reader = call.reader;
    this.signal = call.signal;
    this.#settings = settings;
    this.#store = llmContext.getStore();
    this.#sent = call.sent;
    this.span = span;
    this.context = span === undefined ? parent : trace.setSpan(parent, span);
    this.#id = inferenceChannel.hasSubscribers ? nextInferenceId() : undefined;
  }

  /** Begins a call; undefined when neither an SDK nor a subscriber would take anything of it. */
  static start(
    settings: InferenceSettings,
    describe: () => Call,
    parent: Context = context.active(),
  ): Inference | undefined {
    const tracer = currentTracer(settings.tracerName);
    if (tracer === undefined && !inferenceChannel.hasSubscribers) return undefined;
    try {
      const call = describe();
      let span: Span | undefined;
      if (tracer !== undefined) {
        const { attributes } = call;
        attributes[genAi.operationName] = call.operation;
        attributes[genAi.providerName] = call.provider;
        attributes[genAi.requestModel] = call.requestModel;
        contextAttributes(llmContext.getStore(), attributes);
        span = tracer.startSpan(
          `${call.operation} ${call.requestModel}`,
          { kind: SpanKind.CLIENT, attributes },
          parent,
        );
      }
      const inference = new Inference(call, settings, parent, span);
      counters.inferences++;
      inference.#recordRequest(call.content);
      return inference;
    } catch {
      // A tracer of somebody else's that throws costs a span, not the call.
      counters.internalErrors++;
      return undefined;
    }
  }

  /** Whether anybody will take more of this call than that it was made. */
  get observed(): boolean {
    return this.#id !== undefined || this.span?.isRecording() === true;
  }

  /** Tells that the call begins, and makes it, in its context. */
  run<T>(fn: () => T): T {
    const { span } = this;
    const id = this.#id;
    if (span === undefined && id === undefined) return fn();
    return context.with(this.context, () => {
      if (id !== undefined) {
        const tenantId = this.#store?.tenantId;
        this.#publish({
          version: 1,
          event: 'start',
          id,
          provider: this.#provider,
          operation: this.#operation,
          requestModel: this.#requestModel,
          ...(tenantId !== undefined && { tenantId }),
        });
      }
      return fn();
    });
  }

  /** Runs what belongs to the call, wherever that may be asked for. */
  enter<T>(fn: () => T): T {
    const store = this.#store;
    const inSpan = (): T => context.with(this.context, fn);
    return store === undefined ? inSpan() : llmContext.run(store, inSpan);
  }

  /** Runs what may throw and must not reach the host. */
  guard(fn: () => void): void {
    try {
      fn();
    } catch {
      counters.internalErrors++;
    }
  }

  /** A whole answer. */
  respond(response: unknown): void {
    if (this.#ended) return;
    try {
      this.#reader.response?.(response, this.answer);
    } catch {
      counters.internalErrors++;
    }
    this.succeed();
  }

  /** A chunk of a streamed answer. */
  chunk(chunk: unknown): void {
    if (this.#chunks++ === 0) this.#firstChunkAt = performance.now();
    try {
      this.#reader.chunk?.(chunk, this.answer);
    } catch {
      counters.internalErrors++;
    }
  }

  /** The request is not held for as long as a stream is open, which may be hours. */
  streams(): void {
    const sent = this.#sent;
    if (typeof sent === 'object' && sent !== null) this.#sent = new WeakRef(sent);
  }

  succeed(): void {
    const { errorType: told, finishReasons } = this.answer;
    const cut =
      this.#chunks > 0 &&
      this.#reader.finishes === true &&
      finishReasons === undefined &&
      told === undefined;
    this.#end(told, cut ? 'truncated' : undefined);
  }

  /** A stream that its reader left. */
  leave(): void {
    this.#end(undefined, 'left_early');
  }

  /** A stream that was aborted, read or unread. */
  abort(): void {
    this.#end('aborted', 'aborted');
  }

  /** An answer that nobody can read any more, as it was let go of. */
  abandon(): void {
    if (this.#ended) return;
    counters.inferencesAbandoned++;
    this.#end(undefined, 'abandoned');
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    let type = 'unknown';
    try {
      type = errorType(error);
      if (this.span?.isRecording() === true) this.#recordError(this.span, error);
      // Also told to spans further out, which get to see the error later.
      else if (this.#settings.mask !== false)
        errorText(error, this.#settings.mask, this.#request());
    } catch {
      // An error object whose properties throw, or a mask that does.
      counters.internalErrors++;
    }
    this.#end(type, undefined);
  }

  #end(type: string | undefined, outcome: StreamOutcome | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const endedAt = performance.now();
    if (type !== undefined) counters.inferencesFailed++;
    else if (this.answer.usage === undefined) counters.usageMissing++;
    try {
      const { span } = this;
      if (span?.isRecording() === true) {
        const attributes = this.#responseAttributes();
        if (type !== undefined) {
          attributes[genAi.errorType] = type;
          if (outcome !== undefined || this.answer.errorType !== undefined) {
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
        }
        if (outcome !== undefined) attributes[genAi.streamOutcome] = outcome;
        span.setAttributes(attributes);
      }
    } catch {
      counters.internalErrors++;
    }
    if (inferenceChannel.hasSubscribers) {
      // Whoever reads the last chunk may do so anywhere: subscribers find the call's own context.
      this.enter(() => this.#publish(this.#record(endedAt, type)));
    }
    try {
      this.span?.end();
    } catch {
      counters.internalErrors++;
    }
    this.#sent = undefined;
    this.onEnd?.();
    this.onEnd = undefined;
  }

  #recordRequest(describe: Call['content']): void {
    const { content: settings } = this.#settings;
    if (settings === undefined || this.span?.isRecording() !== true) return;
    try {
      this.answer.content = new AnswerContent(settings.maxLength);
      const content = describe?.();
      if (content?.instructions !== undefined && content.instructions.length > 0) {
        this.span.setAttribute(genAi.systemInstructions, partsText(content.instructions, settings));
      }
      if (content?.messages !== undefined && content.messages.length > 0) {
        this.span.setAttribute(genAi.inputMessages, messagesText(content.messages, settings));
      }
    } catch {
      counters.internalErrors++;
    }
  }

  #responseAttributes(): Attributes {
    const { model, id, usage, finishReasons, content } = this.answer;
    const attributes: Attributes = {};
    if (model !== undefined) attributes[genAi.responseModel] = model;
    if (id !== undefined) attributes[genAi.responseId] = id;
    if (finishReasons !== undefined) {
      attributes[genAi.responseFinishReasons] = Array.from<string | undefined, string>(
        finishReasons,
        (each) => each ?? '',
      );
    }
    if (this.#chunks > 0) {
      attributes[genAi.responseTimeToFirstChunk] = (this.#firstChunkAt - this.#startedAt) / 1000;
    }
    if (usage !== undefined) addUsageAttributes(attributes, this.#provider, usage);
    if (content !== undefined && this.#settings.content !== undefined) {
      const messages = content.messages(finishReasons);
      if (messages.length > 0) {
        attributes[genAi.outputMessages] = messagesText(messages, this.#settings.content);
      }
    }
    return attributes;
  }

  #recordError(span: Span, error: unknown): void {
    const { type, message, stack } = errorText(error, this.#settings.mask, this.#request());
    span.recordException({ name: type, message, ...(stack === undefined ? {} : { stack }) });
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  /** What was sent. */
  #request(): unknown {
    const sent = this.#sent;
    return sent instanceof WeakRef ? (sent.deref() ?? requestGone) : sent;
  }

  #record(endedAt: number, type: string | undefined): InferenceEnd {
    const { model, usage, finishReasons } = this.answer;
    const tenantId = this.#store?.tenantId;
    const finishReason = finishReasons?.find((each) => typeof (each as unknown) === 'string');
    return {
      version: 1,
      event: 'end',
      id: this.#id ?? nextInferenceId(),
      provider: this.#provider,
      operation: this.#operation,
      requestModel: this.#requestModel,
      ...(tenantId !== undefined && { tenantId }),
      ...(model !== undefined && { responseModel: model }),
      durationMillis: endedAt - this.#startedAt,
      ...(this.#chunks > 0 && {
        timeToFirstChunkMillis: this.#firstChunkAt - this.#startedAt,
        outputChunks: this.#chunks,
      }),
      ...(usage !== undefined && { usage }),
      ...(finishReason !== undefined && { finishReason }),
      ...(type !== undefined && { errorType: type }),
    };
  }

  #publish(record: unknown): void {
    try {
      inferenceChannel.publish(record);
    } catch {
      counters.internalErrors++;
    }
  }
}
