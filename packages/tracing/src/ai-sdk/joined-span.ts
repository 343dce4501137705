import {
  trace,
  type Attributes,
  type AttributeValue,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import { genAi } from '../inference/conventions.js';

/**
 * The span that the SDK has made of the call which is about to be made, if its telemetry is on: of
 * version 6 (`ai.streamText.doStream`), or of `@ai-sdk/otel` (`chat gpt-4o`).
 */
export function spanOfCall(operation: string, modelId: string): Span | undefined {
  const span = trace.getActiveSpan() as (Span & { readonly attributes?: Attributes }) | undefined;
  // Of spans that are not recorded nothing is known, and one more of them is not either.
  if (span?.attributes === undefined || !span.isRecording()) return undefined;
  const { attributes } = span;
  const id = attributes['ai.operationId'];
  const own =
    typeof id === 'string'
      ? /\.do(?:Generate|Stream|Embed)$/.test(id) && attributes['ai.model.id'] === modelId
      : attributes[genAi.operationName] === operation && attributes[genAi.requestModel] === modelId;
  return own ? span : undefined;
}

/** Has a call told on a span that somebody else has made, in the place of one of its own. */
export function joiningTracer(span: Span): Tracer {
  return {
    startSpan(_name: string, options?: SpanOptions): Span {
      if (options?.attributes !== undefined) span.setAttributes(options.attributes);
      return new JoinedSpan(span);
    },
    startActiveSpan(...args: unknown[]): never {
      throw new TypeError(`not for ${args.length} arguments: a call is started by startSpan`);
    },
  };
}

/**
 * A span that its maker ends, unless the call has ended otherwise than by an answer: of streams that are
 * left or aborted the SDK does not end the span, and on those that fail it would record the error's
 * message as it is.
 */
class JoinedSpan implements Span {
  readonly #span: Span;
  #ends = false;

  constructor(span: Span) {
    this.#span = span;
  }

  spanContext(): SpanContext {
    return this.#span.spanContext();
  }

  setAttribute(name: string, value: AttributeValue): this {
    if (name === genAi.streamOutcome || name === genAi.errorType) this.#ends = true;
    this.#span.setAttribute(name, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.#span.setAttributes(attributes);
    return this;
  }

  addEvent(name: string, attributes?: Attributes | TimeInput, time?: TimeInput): this {
    this.#span.addEvent(name, attributes, time);
    return this;
  }

  addLink(link: Link): this {
    this.#span.addLink(link);
    return this;
  }

  addLinks(links: Link[]): this {
    this.#span.addLinks(links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#span.setStatus(status);
    return this;
  }

  updateName(name: string): this {
    this.#span.updateName(name);
    return this;
  }

  end(time?: TimeInput): void {
    if (this.#ends && this.#span.isRecording()) this.#span.end(time);
  }

  isRecording(): boolean {
    return this.#span.isRecording();
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#span.recordException(exception, time);
  }
}
