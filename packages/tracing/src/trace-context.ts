import {
  createTraceState,
  isSpanContextValid,
  TraceFlags,
  type SpanContext,
} from '@opentelemetry/api';

const traceparentPattern =
  /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,256})?$/;
const maxTraceState = 512;

/** A span's identity as the value of a W3C `traceparent` header. */
export function traceparentHeader({ traceId, spanId, traceFlags }: SpanContext): string {
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  return `00-${traceId}-${spanId}-${flags}`;
}

/** Reads W3C `traceparent` and `tracestate`; undefined when the former is not valid. */
export function parseTraceContext(
  traceparent: unknown,
  tracestate?: unknown,
): SpanContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > 512) return undefined;
  const match = traceparentPattern.exec(traceparent.trim());
  if (match === null) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match;
  // Version 255 is forbidden; later versions may add fields, this one has none.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  const found: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
  if (!isSpanContextValid(found)) return undefined;
  if (typeof tracestate === 'string' && tracestate.length <= maxTraceState) {
    found.traceState = createTraceState(tracestate);
  }
  return found;
}
