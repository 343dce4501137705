import { isSpanContextValid, trace, type SpanContext } from '@opentelemetry/api';
import { llmContext } from '../context.js';

/** The ids that tie a line to its request and its span, under the names they have in the line. */
export interface Identity {
  readonly correlation_id: string | undefined;
  readonly tenant_id: string | undefined;
  readonly trace_id: string | undefined;
  readonly span_id: string | undefined;
  /** W3C's flags, two hexadecimal digits: `01` is a sampled trace. */
  readonly trace_flags: string | undefined;
}

/** The order in which the ids stand in a line. */
export const identityKeys = [
  'correlation_id',
  'tenant_id',
  'trace_id',
  'span_id',
  'trace_flags',
] as const;

/** What is known outside a request and a span. */
export const noIdentity: Identity = {
  correlation_id: undefined,
  tenant_id: undefined,
  trace_id: undefined,
  span_id: undefined,
  trace_flags: undefined,
};

/** The ids of the request in progress; it never throws, and what is unknown stays undefined. */
export function currentIdentity(): Identity {
  return fillIdentity({
    correlation_id: undefined,
    tenant_id: undefined,
    trace_id: undefined,
    span_id: undefined,
    trace_flags: undefined,
  });
}

/** Writes the ids of the request in progress into an object that has none yet. */
export function fillIdentity<T extends Writable<Identity>>(target: T): T {
  try {
    const context = llmContext.getStore();
    target.correlation_id = text(context?.correlationId);
    target.tenant_id = text(context?.tenantId);
    const span = trace.getActiveSpan()?.spanContext();
    if (span !== undefined && isKnownOrValid(span)) {
      target.trace_id = span.traceId;
      target.span_id = span.spanId;
      target.trace_flags = flagsText(span.traceFlags);
    }
  } catch {
    // A foreign SDK's span that cannot tell its ids leaves the line without them.
  }
  return target;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

let lastTraceId = '';
let lastSpanId = '';

/** Most lines have the span of the line before: its ids are not examined again. */
function isKnownOrValid(span: SpanContext): boolean {
  const { traceId, spanId } = span;
  if (traceId === lastTraceId && spanId === lastSpanId) return true;
  if (!isSpanContextValid(span)) return false;
  lastTraceId = traceId;
  lastSpanId = spanId;
  return true;
}

/** A foreign SDK may have no flags. */
function flagsText(flags: unknown): string | undefined {
  if (flags === 1) return '01';
  if (flags === 0) return '00';
  if (typeof flags !== 'number' || !Number.isInteger(flags) || flags < 0 || flags > 255) {
    return undefined;
  }
  return flags.toString(16).padStart(2, '0');
}

// The context is shared with code that TypeScript did not check.
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
