import {
  INVALID_SPAN_CONTEXT,
  propagation,
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { baggageHeader, parseBaggage } from '../baggage.js';
import { isTracingSuppressed } from './suppress-tracing.js';
import { parseTraceContext, traceparentHeader } from '../trace-context.js';

/** W3C Trace Context: one pass over the header, where the SDK's takes five. */
export class TraceContextPropagator implements TextMapPropagator {
  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(active) ?? INVALID_SPAN_CONTEXT;
    if (!trace.isSpanContextValid(span) || isTracingSuppressed(active)) return;
    setter.set(carrier, 'traceparent', traceparentHeader(span));
    const state = span.traceState?.serialize();
    if (state) setter.set(carrier, 'tracestate', state);
  }

  extract(active: Context, carrier: unknown, getter: TextMapGetter): Context {
    const traceparent = one(getter.get(carrier, 'traceparent'));
    if (traceparent === undefined) return active;
    const state = getter.get(carrier, 'tracestate');
    const found = parseTraceContext(traceparent, Array.isArray(state) ? state.join(',') : state);
    return found === undefined ? active : trace.setSpanContext(active, found);
  }

  fields(): string[] {
    return ['traceparent', 'tracestate'];
  }
}

/** W3C Baggage; read only, unless it is told to write. */
export class BaggagePropagator implements TextMapPropagator {
  readonly #writes: boolean;

  constructor(writes: boolean) {
    this.#writes = writes;
  }

  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    if (!this.#writes || isTracingSuppressed(active)) return;
    const header = baggageHeader(active);
    if (header !== undefined) setter.set(carrier, 'baggage', header);
  }

  extract(active: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, 'baggage');
    if (header === undefined) return active;
    const baggage = parseBaggage(Array.isArray(header) ? header.join(',') : header);
    return baggage === undefined ? active : propagation.setBaggage(active, baggage);
  }

  fields(): string[] {
    return ['baggage'];
  }
}

/** A header that came twice has no value. */
function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value;
}
