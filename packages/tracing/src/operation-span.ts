import {
  context,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { checkApiCopies } from './api-copies.js';
import { contextAttributes } from './context-attributes.js';
import { errorText, type Mask } from './error-text.js';
import { Observer } from './inference/observer.js';
import { counters } from './stats.js';

/** What a traced call needs to know of its options, validated. */
export interface Operation {
  readonly name: string;
  readonly functionName: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly tracerName: string;
  readonly mask: Mask;
}

/** The span of one call: it ends once, however the call ends. */
export class OperationSpan {
  /** The context in which the call, and nothing else, runs. */
  readonly context: Context;
  readonly #span: Span;
  readonly #mask: Operation['mask'];
  #ended = false;

  constructor(operation: Operation, parent: Context) {
    checkApiCopies();
    counters.callsTraced++;
    this.#mask = operation.mask;
    this.#span = trace.getTracer(operation.tracerName).startSpan(
      operation.name,
      {
        kind: operation.kind,
        attributes: {
          ...operation.attributes,
          ...contextAttributes(),
          function: operation.functionName,
        },
      },
      parent,
    );
    this.context = trace.setSpan(parent, this.#span);
  }

  succeed(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#span.setAttribute('success', true);
      this.#span.end();
    } catch {
      counters.internalErrors++;
    }
  }

  /** Records the failure; the error itself is not touched. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    counters.callsFailed++;
    try {
      this.#span.setAttribute('success', false);
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
      if (this.#span.isRecording()) this.#record(error);
    } catch {
      // An error object whose properties throw, or a mask that does.
      counters.internalErrors++;
    }
    try {
      this.#span.end();
    } catch {
      counters.internalErrors++;
    }
  }

  #record(error: unknown): void {
    const { type, message, stack } = errorText(error, this.#mask);
    this.#span.setAttributes({ 'error.type': type, error: message });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
    this.#span.recordException({
      name: type,
      message,
      ...(stack === undefined ? {} : { stack }),
    });
  }
}

/** Ends a span when a client's promise, whose body is read only on demand, has been answered. */
export class AnswerObserver extends Observer {
  readonly #span: OperationSpan;

  constructor(span: OperationSpan) {
    super();
    this.#span = span;
  }

  succeed(): void {
    this.#span.succeed();
    this.release();
  }

  fail(error: unknown): void {
    this.#span.fail(error);
    this.release();
  }

  // A stream is an answer, too: whoever reads it does so after the call.
  streams(): void {
    this.succeed();
  }

  respond(): void {
    this.succeed();
  }

  leave(): void {
    this.succeed();
  }

  abort(): void {
    this.succeed();
  }

  abandon(): void {
    this.succeed();
  }

  chunk(): void {
    // After the call.
  }

  enter<T>(fn: () => T): T {
    return inSpan(this.#span, fn);
  }
}

/** Runs `fn` in the context of a span. */
export function inSpan<T>(span: OperationSpan, fn: () => T): T {
  return context.with(span.context, fn);
}
