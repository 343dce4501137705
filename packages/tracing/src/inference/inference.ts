import { context, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { llmContext, type LlmContext } from '../context.js';
import { errorText, errorType } from '../error-text.js';
import { requestGone } from '../sent-text.js';
import { counters } from '../stats.js';
import { Answer, type CallFormat } from './answer.js';
import type { Call } from './call.js';
import { messagesText } from './content.js';
import { genAi } from './conventions.js';
import {
  inferenceChannel,
  inferenceId,
  nextInferenceNumber,
  type InferenceEnd,
  type InferenceStart,
} from './inference-record.js';
import { Observer } from './observer.js';
import type { InferenceSettings } from './settings.js';
import { setUsage } from './usage.js';

/** How a streamed answer ended that was not read to its end. */
export type StreamOutcome = 'left_early' | 'aborted' | 'abandoned' | 'truncated';

/**
 * One model call: its span, and its two records on the channel. It ends once, however the call ends, and
 * nothing that it does throws.
 */
export class Inference extends Observer {
  readonly answer = new Answer();
  readonly span: Span | undefined;
  readonly #provider: string;
  readonly #operation: string;
  readonly #requestModel: string;
  readonly #format: CallFormat;
  readonly #settings: InferenceSettings;
  readonly #parent: Context;
  readonly #store: LlmContext | undefined;
  /** 0 when nobody listened at the beginning. */
  #number = 0;
  #startedAt = performance.now();
  #firstChunkAt = 0;
  #chunks = 0;
  #sent: unknown;
  #ended = false;

  constructor(
    call: Call,
    settings: InferenceSettings,
    parent: Context,
    span: Span | undefined,
    store: LlmContext | undefined,
  ) {
    super();
    // Not the description itself, which holds the request.
    this.#provider = call.provider;
    this.#operation = call.operation;
    this.#requestModel = call.requestModel;
    this.#format = call.format;
    this.#settings = settings;
    this.#parent = parent;
    this.#store = store;
    this.#sent = call.sent;
    this.signal = call.signal;
    this.span = span;
  }

  /** Whether anybody will take more of this call than that it was made. */
  get observed(): boolean {
    return this.#number !== 0 || this.span?.isRecording() === true;
  }

  /** Tells that the call begins, and makes it, in its context. */
  run<T>(fn: () => T): T {
    const { span } = this;
    const told = inferenceChannel.hasSubscribers;
    if (!told) {
      return span === undefined ? fn() : context.with(trace.setSpan(this.#parent, span), fn);
    }
    this.#number = nextInferenceNumber();
    return context.with(this.#context(), () => {
      this.#publish(this.#startRecord());
      return fn();
    });
  }

  /** Runs what belongs to the call, wherever that may be asked for. */
  enter<T>(fn: () => T): T {
    const store = this.#store;
    const inSpan = (): T => context.with(this.#context(), fn);
    return store === undefined ? inSpan() : llmContext.run(store, inSpan);
  }

  /** A whole answer. */
  respond(response: unknown): void {
    if (this.#ended) return;
    try {
      this.#format.response?.(response, this.answer);
    } catch {
      counters.internalErrors++;
    }
    this.succeed();
  }

  /** A chunk of a streamed answer. */
  chunk(chunk: unknown): void {
    const { isOutput } = this.#format;
    if (isOutput === undefined || isOutput(chunk)) {
      if (this.#chunks++ === 0) this.#firstChunkAt = performance.now();
    }
    try {
      this.#format.chunk?.(chunk, this.answer);
    } catch {
      counters.internalErrors++;
    }
    if (this.answer.complete) this.succeed();
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
      this.#format.finishes === true &&
      finishReasons === undefined &&
      told === undefined;
    this.#end(told, cut ? 'truncated' : undefined);
  }

  leave(): void {
    this.#end(undefined, 'left_early');
  }

  abort(): void {
    this.#end('aborted', 'aborted');
  }

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
      // Also where it is not recorded here: spans further out get to see the error later.
      const { message, stack } = errorText(error, this.#settings.mask, this.#request());
      if (this.span?.isRecording() === true) {
        this.span.recordException({
          name: type,
          message,
          ...(stack === undefined ? {} : { stack }),
        });
        this.span.setStatus({ code: SpanStatusCode.ERROR, message });
      }
    } catch {
      // An error object whose properties throw, or a mask that does.
      counters.internalErrors++;
    }
    this.#end(type, undefined);
  }

  #context(): Context {
    return this.span === undefined ? this.#parent : trace.setSpan(this.#parent, this.span);
  }

  /** What was sent. */
  #request(): unknown {
    const sent = this.#sent;
    return sent instanceof WeakRef ? (sent.deref() ?? requestGone) : sent;
  }

  #end(type: string | undefined, outcome: StreamOutcome | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (type !== undefined) counters.inferencesFailed++;
    else if (this.answer.usage === undefined) counters.usageMissing++;
    const { span } = this;
    try {
      if (span?.isRecording() === true) this.#tell(span, type, outcome);
    } catch {
      counters.internalErrors++;
    }
    if (inferenceChannel.hasSubscribers) {
      // Whoever reads the last chunk may do so anywhere: subscribers find the call's own context.
      this.enter(() => this.#publish(this.#endRecord(performance.now(), type)));
    }
    try {
      span?.end();
    } catch {
      counters.internalErrors++;
    }
    this.#sent = undefined;
    this.release();
  }

  #tell(span: Span, type: string | undefined, outcome: StreamOutcome | undefined): void {
    const { model, id, usage, finishReasons, content } = this.answer;
    // One by one, since an SDK takes objects of attributes apart again.
    if (model !== undefined) span.setAttribute(genAi.responseModel, model);
    if (id !== undefined) span.setAttribute(genAi.responseId, id);
    if (finishReasons !== undefined) {
      span.setAttribute(genAi.responseFinishReasons, withoutHoles(finishReasons));
    }
    if (this.#chunks > 0) {
      const seconds = (this.#firstChunkAt - this.#startedAt) / 1000;
      span.setAttribute(genAi.responseTimeToFirstChunk, seconds);
    }
    if (usage !== undefined) setUsage(span, this.#provider, usage);
    if (type !== undefined) {
      span.setAttribute(genAi.errorType, type);
      if (outcome !== undefined || this.answer.errorType !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
    }
    if (outcome !== undefined) span.setAttribute(genAi.streamOutcome, outcome);
    if (content !== undefined && this.#settings.content !== undefined) {
      const messages = content.messages(finishReasons);
      if (messages.length > 0) {
        span.setAttribute(genAi.outputMessages, messagesText(messages, this.#settings.content));
      }
    }
  }

  // Records are written out for both cases: to spread what they have in common costs microseconds.
  #startRecord(): InferenceStart {
    const tenantId = this.#store?.tenantId;
    const id = inferenceId(this.#number);
    const provider = this.#provider;
    const operation = this.#operation;
    const requestModel = this.#requestModel;
    return tenantId === undefined
      ? { version: 1, event: 'start', id, provider, operation, requestModel }
      : { version: 1, event: 'start', id, provider, operation, requestModel, tenantId };
  }

  #endRecord(endedAt: number, type: string | undefined): InferenceEnd {
    // Somebody who began to listen in the meantime.
    if (this.#number === 0) this.#number = nextInferenceNumber();
    const { model, usage, finishReasons } = this.answer;
    const finishReason = finishReasons?.find((each) => typeof (each as unknown) === 'string');
    const record: { -readonly [Field in keyof InferenceEnd]: InferenceEnd[Field] } = {
      version: 1,
      event: 'end',
      id: inferenceId(this.#number),
      provider: this.#provider,
      operation: this.#operation,
      requestModel: this.#requestModel,
      durationMillis: endedAt - this.#startedAt,
    };
    const tenantId = this.#store?.tenantId;
    if (tenantId !== undefined) record.tenantId = tenantId;
    if (model !== undefined) record.responseModel = model;
    if (this.#chunks > 0) {
      record.timeToFirstChunkMillis = this.#firstChunkAt - this.#startedAt;
      record.outputChunks = this.#chunks;
    }
    if (usage !== undefined) record.usage = usage;
    if (finishReason !== undefined) record.finishReason = finishReason;
    if (type !== undefined) record.errorType = type;
    return record;
  }

  #publish(record: unknown): void {
    try {
      inferenceChannel.publish(record);
    } catch {
      counters.internalErrors++;
    }
  }
}

/** Choices of which nothing is known have no reason. */
function withoutHoles(reasons: readonly (string | undefined)[]): string[] {
  return reasons.includes(undefined)
    ? Array.from(reasons, (reason) => reason ?? '')
    : (reasons as string[]);
}
