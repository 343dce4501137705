import {
  context,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { contextAttributes } from './context-attributes.js';
import { maskBounded } from './mask.js';
import { counters } from './stats.js';

const maxMessageLength = 4096;
const maxStackLength = 16_384;

/** What a traced call needs to know of its options, validated. */
export interface Operation {
  readonly name: string;
  readonly functionName: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly tracerName: string;
  readonly mask: ((text: string) => string) | false;
}

/** The span of one call: it ends once, however the call ends. */
export class OperationSpan {
  /** The context in which the call, and nothing else, runs. */
  readonly context: Context;
  readonly #span: Span;
  readonly #mask: Operation['mask'];
  #ended = false;

  constructor(operation: Operation, parent: Context) {
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
    const type = errorType(error);
    const message = this.#masked(errorMessage(error), maxMessageLength);
    this.#span.setAttributes({ 'error.type': type, error: message });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
    const stack = error instanceof Error ? error.stack : undefined;
    this.#span.recordException({
      name: type,
      message,
      ...(typeof stack === 'string' ? { stack: this.#masked(stack, maxStackLength) } : {}),
    });
  }

  #masked(text: string, maxLength: number): string {
    const mask = this.#mask === false ? (same: string) => same : this.#mask;
    return maskBounded(text, maxLength, mask);
  }
}

/** Runs `fn` in the context of a span. */
export function inSpan<T>(span: OperationSpan, fn: () => T): T {
  return context.with(span.context, fn);
}

/** The class of an error, or its `name` where it set one of its own. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) {
    return error === null ? 'null' : typeof error;
  }
  const { name } = error as { name: unknown };
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name.slice(0, 256);
  const className = (error.constructor as { name?: unknown } | undefined)?.name;
  return typeof className === 'string' && className !== '' ? className : 'Error';
}

function errorMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    return String(error.message);
  }
  switch (typeof error) {
    case 'object':
    case 'function':
      // Its own toString may show anything.
      return Object.prototype.toString.call(error);
    default:
      return String(error);
  }
}
