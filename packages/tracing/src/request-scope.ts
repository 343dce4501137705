import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { context, createContextKey, trace, type Span } from '@opentelemetry/api';
import { setContextAttributes } from './context-attributes.js';
import { runInContext } from './context-scope.js';
import { llmContext, type LlmContext } from './context.js';
import { counters } from './stats.js';

// The key under which OpenTelemetry's HTTP instrumentation keeps the server span of a request. It is
// read here by name because `@opentelemetry/core`, which has a getter, is no dependency of this entry.
const rpcMetadataKey = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

/**
 * Runs `next` in the context of one request: correlation id set, spans in progress marked with it, and
 * events of the request and the response (a parsed body, the end of the response) in the same context.
 */
export function enterRequest<T>(
  correlationId: string,
  req: IncomingMessage,
  res: ServerResponse,
  next: () => T,
  route?: string,
): T {
  const store: LlmContext = { ...llmContext.getStore(), correlationId };
  return runInContext(store, () => {
    markActiveSpans(store, route);
    bindEvents(req, store);
    bindEvents(res, store);
    return next();
  });
}

/** Spans that were started before the id was known: the active one and the HTTP server's. */
function markActiveSpans(store: LlmContext, route: string | undefined): void {
  try {
    const active = trace.getActiveSpan();
    if (active !== undefined) setContextAttributes(active, store);
    const rpc = context.active().getValue(rpcMetadataKey) as
      { span?: Span; route?: string } | undefined;
    if (rpc?.span !== undefined && rpc.span !== active) setContextAttributes(rpc.span, store);
    // From here the instrumentation takes `http.route` and the name of the span.
    if (rpc !== undefined && route !== undefined) rpc.route = route;
  } catch {
    counters.internalErrors++;
  }
}

const boundKey = Symbol.for('llm.tracing.bound_events.v1');

/**
 * Node emits the events of a request from the connection's context, so that whatever waits for a body
 * would go on outside the request's. Listeners of an emitter that has lost it get it back.
 */
function bindEvents(emitter: EventEmitter & { [boundKey]?: LlmContext }, store: LlmContext): void {
  try {
    const bound = emitter[boundKey] !== undefined;
    emitter[boundKey] = store;
    if (bound || typeof (emitter.emit as unknown) !== 'function') return;
    const span = trace.getActiveSpan();
    const emit = emitter.emit.bind(emitter);
    emitter.emit = (event: string | symbol, ...args: unknown[]): boolean => {
      const current = emitter[boundKey];
      if (current === undefined || llmContext.getStore()?.correlationId === current.correlationId) {
        return emit(event, ...args);
      }
      const active = context.active();
      const parent =
        span !== undefined && trace.getSpan(active) === undefined
          ? trace.setSpan(active, span)
          : active;
      return context.with(parent, () => runInContext(current, () => emit(event, ...args)));
    };
  } catch {
    counters.internalErrors++;
  }
}
