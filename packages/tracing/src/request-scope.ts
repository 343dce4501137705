import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { context, createContextKey, trace, type Context, type Span } from '@opentelemetry/api';
import { checkApiCopies } from './api-copies.js';
import { setContextAttributes } from './context-attributes.js';
import { runInContext } from './context-scope.js';
import { llmContext, type LlmContext } from './context.js';
import { counters } from './stats.js';

// The key under which OpenTelemetry's HTTP instrumentations keep the server span of a request. It is
// read here by name because `@opentelemetry/core`, which has a getter, is no dependency of this entry.
export const rpcMetadataKey = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

/** What a framework's instrumentation tells the server span: its route. */
export interface RpcMetadata {
  readonly type: string;
  readonly span: Span;
  route?: string | undefined;
}

/** The two contexts of a request, as it entered them. */
interface Scope {
  readonly store: LlmContext;
  readonly context: Context;
}

const scopeKey = Symbol.for('llm.tracing.request_scope.v1');
type Scoped = object & { [scopeKey]?: Scope };

/**
 * Runs `next` in the context of one request: correlation id set, spans in progress marked with it, and
 * events of the request and the response (a parsed body, the end of the response) in the same context.
 * Whoever comes second with the same id (a plugin behind a middleware) costs next to nothing.
 */
export function enterRequest<T>(
  correlationId: string,
  req: IncomingMessage,
  res: ServerResponse,
  next: () => T,
  route?: string,
): T {
  const entered = (req as Scoped)[scopeKey];
  if (entered?.store.correlationId === correlationId) {
    setRoute(entered.context, route);
    if (isInside(entered)) return next();
    return llmContext.run(entered.store, () => context.with(entered.context, next));
  }
  checkApiCopies();
  const store: LlmContext = { ...llmContext.getStore(), correlationId };
  return runInContext(store, () => {
    const active = context.active();
    markActiveSpans(active, store);
    setRoute(active, route);
    bindRequest(req, res, store, active);
    return next();
  });
}

/** Remembers the contexts of a request, in which the events of both sides are emitted from now on. */
export function bindRequest(
  req: IncomingMessage,
  res: ServerResponse,
  store: LlmContext,
  active: Context,
): void {
  const scope: Scope = { store, context: active };
  bindEvents(req, scope);
  bindEvents(res, scope);
}

function isInside({ store, context: own }: Scope): boolean {
  if (llmContext.getStore()?.correlationId !== store.correlationId) return false;
  return trace.getSpan(own) === undefined || trace.getActiveSpan() !== undefined;
}

/** From here the server span takes `http.route` and its name. */
function setRoute(active: Context, route: string | undefined): void {
  if (route === undefined) return;
  const rpc = active.getValue(rpcMetadataKey) as RpcMetadata | undefined;
  if (rpc !== undefined) rpc.route = route;
}

/** Tells the server span of the request in progress its route. */
export function setActiveRoute(route: string | undefined): void {
  setRoute(context.active(), route);
}

/** Spans that were started before the id was known: the active one and the HTTP server's. */
function markActiveSpans(active: Context, store: LlmContext): void {
  try {
    const span = trace.getSpan(active);
    if (span !== undefined) setContextAttributes(span, store);
    const rpc = active.getValue(rpcMetadataKey) as RpcMetadata | undefined;
    if (rpc?.span !== undefined && rpc.span !== span) setContextAttributes(rpc.span, store);
  } catch {
    counters.internalErrors++;
  }
}

/**
 * Node emits the events of a request from the connection's context, so that whatever waits for a body
 * would go on outside the request's. Listeners of an emitter that has lost it get it back.
 */
function bindEvents(emitter: EventEmitter & Scoped, scope: Scope): void {
  try {
    const bound = emitter[scopeKey] !== undefined;
    emitter[scopeKey] = scope;
    if (!bound && typeof (emitter.emit as unknown) === 'function') {
      emitInScope(emitter, () => emitter[scopeKey]);
    }
  } catch {
    counters.internalErrors++;
  }
}

/** Makes an emitter call its listeners in a scope, wherever it is told to emit and is not in it already. */
export function emitInScope(emitter: EventEmitter, scopeOf: () => Scope | undefined): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the emitter as `this`
  const { emit } = emitter;
  emitter.emit = function (this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
    // Most events of a request have no listener at all.
    if (this.listenerCount(args[0]) === 0) return emit.apply(this, args);
    const scope = scopeOf();
    if (scope === undefined || isInside(scope)) return emit.apply(this, args);
    return llmContext.run(scope.store, () =>
      context.with(scope.context, () => emit.apply(this, args)),
    );
  };
}
