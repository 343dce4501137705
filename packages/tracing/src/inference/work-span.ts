import {
  context,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { contextAttributes } from '../context-attributes.js';
import { llmContext, type LlmContext } from '../context.js';
import { errorText, errorType, type Mask } from '../error-text.js';
import { counters } from '../stats.js';
import { genAi } from './conventions.js';
import { currentTracer } from './current-tracer.js';
import { observeResult } from './observe-result.js';
import { Observer } from './observer.js';
import type { InferenceSettings } from './settings.js';

/** Work around model calls, such as that of a tool or an agent. */
export interface Work {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** What the work was given, to be kept out of error messages. */
  readonly given?: unknown;
  /** Attributes of a result; asked for when it is there and whole. */
  readonly resultAttributes?: ((result: unknown) => Attributes) | undefined;
}

/**
 * Does work under a span of its own, which lasts until the promise settles or the stream has been read,
 * left or failed. The caller gets the very object that `fn` returned.
 */
export function traceWork<T>(settings: InferenceSettings, describe: () => Work, fn: () => T): T {
  const span = WorkSpan.start(settings, describe);
  if (span === undefined) return fn();
  let result: T;
  try {
    result = context.with(span.context, fn);
  } catch (error) {
    span.fail(error);
    throw error;
  }
  observeResult(result, span);
  return result;
}

/** The span of some work; it ends once, however the work ends. */
export class WorkSpan extends Observer {
  readonly context: Context;
  readonly #span: Span;
  readonly #mask: Mask;
  readonly #store: LlmContext | undefined = llmContext.getStore();
  readonly #resultAttributes: Work['resultAttributes'];
  #given: unknown;
  #ended = false;

  private constructor(span: Span, work: Work, mask: Mask) {
    super();
    this.#span = span;
    this.#mask = mask;
    this.#given = work.given;
    this.#resultAttributes = work.resultAttributes;
    this.context = trace.setSpan(context.active(), span);
  }

  static start(settings: InferenceSettings, describe: () => Work): WorkSpan | undefined {
    const tracer = currentTracer(settings.tracerName);
    if (tracer === undefined) return undefined;
    try {
      const work = describe();
      const attributes = contextAttributes(llmContext.getStore(), {
        ...settings.attributes,
        ...work.attributes,
      });
      const span = tracer.startSpan(work.name, { kind: work.kind, attributes });
      return new WorkSpan(span, work, settings.mask);
    } catch {
      counters.internalErrors++;
      return undefined;
    }
  }

  streams(): void {
    // What it was given is held, as its chunks may be made of it.
  }

  chunk(): void {
    // Chunks of what is no model's answer are not counted.
  }

  respond(result: unknown): void {
    this.#end(() => {
      const attributes = this.#resultAttributes?.(result);
      if (attributes !== undefined) this.#span.setAttributes(attributes);
    });
  }

  succeed(): void {
    this.#end(() => undefined);
  }

  leave(): void {
    this.#end(() => this.#span.setAttribute(genAi.streamOutcome, 'left_early'));
  }

  abort(): void {
    this.#end(() => {
      this.#span.setAttributes({ [genAi.streamOutcome]: 'aborted', [genAi.errorType]: 'aborted' });
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    });
  }

  abandon(): void {
    this.#end(() => this.#span.setAttribute(genAi.streamOutcome, 'abandoned'));
  }

  fail(error: unknown): void {
    this.#end(() => {
      this.#span.setAttribute(genAi.errorType, errorType(error));
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
      const { type, message, stack } = errorText(error, this.#mask, this.#given);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
      this.#span.recordException({ name: type, message, ...(stack !== undefined && { stack }) });
    });
  }

  enter<T>(fn: () => T): T {
    const inSpan = (): T => context.with(this.context, fn);
    return this.#store === undefined ? inSpan() : llmContext.run(this.#store, inSpan);
  }

  #end(tell: () => unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      if (this.#span.isRecording()) tell();
    } catch {
      counters.internalErrors++;
    }
    try {
      this.#span.end();
    } catch {
      counters.internalErrors++;
    }
    this.#given = undefined;
    this.release();
  }
}
