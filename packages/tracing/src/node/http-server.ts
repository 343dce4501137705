import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { correlationIdKey } from '../context-scope.js';
import { llmContext } from '../context.js';
import type { IncomingIds } from '../incoming-id.js';
import { requestRoot } from '../linked-context.js';
import { bindRequest, enterRequest, rpcMetadataKey, type RpcMetadata } from '../request-scope.js';
import { counters } from '../stats.js';
import { describeRequest, spanName } from './http-attributes.js';
import { suppressTracing } from './suppress-tracing.js';

export interface HttpServerOptions {
  /** Makes the server spans; undefined: correlation ids only. */
  readonly tracer: Tracer | undefined;
  /** Finds correlation ids; undefined: spans only. */
  readonly ids: IncomingIds | undefined;
  /** Paths without a span. */
  readonly ignorePaths: readonly string[];
  readonly recordUrlQuery: boolean;
}

type Emit = (this: http.Server, event: string, ...args: unknown[]) => boolean;

/**
 * One span for each request to any `node:http` or `node:https` server of the process, by the stable HTTP
 * conventions, and its correlation id: in its attributes, in the context of all that the request
 * starts, and in the response. Costs a fraction of the general instrumentation, which serves every
 * option, both generations of the conventions, and metrics.
 *
 * @returns a function that ends it
 */
export function instrumentHttpServers(options: HttpServerOptions): () => void {
  let enabled = true;
  const undo = [http.Server.prototype, https.Server.prototype].map((prototype) => {
    const own = Object.getOwnPropertyDescriptor(prototype, 'emit');
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the server as `this`
    const original = prototype.emit as Emit;
    const emit: Emit = function (event, ...args) {
      if (event !== 'request' || !enabled) return original.call(this, event, ...args);
      const [req, res] = args as [IncomingMessage, ServerResponse];
      return handle(options, req, res, () => original.call(this, event, ...args));
    };
    Object.defineProperty(prototype, 'emit', { value: emit, writable: true, configurable: true });
    return () => {
      // Somebody may have wrapped it since; then ours stays and passes everything on.
      if ((prototype.emit as Emit) !== emit) return;
      if (own === undefined) delete (prototype as { emit?: unknown }).emit;
      else Object.defineProperty(prototype, 'emit', own);
    };
  });
  return () => {
    enabled = false;
    for (const step of undo) step();
  };
}

function handle(
  options: HttpServerOptions,
  req: IncomingMessage,
  res: ServerResponse,
  proceed: () => boolean,
): boolean {
  let span: Span | undefined;
  let active: Context;
  let correlationId: string | undefined;
  try {
    if (options.ids !== undefined) {
      correlationId = options.ids.idOf(req);
      res.setHeader(options.ids.headerName, correlationId);
    }
    if (options.tracer === undefined) {
      return correlationId === undefined
        ? proceed()
        : enterRequest(correlationId, req, res, proceed);
    }
    const parent = incomingContext(options, req, correlationId);
    if (options.ignorePaths.length > 0 && options.ignorePaths.includes(pathOf(req))) {
      active = suppressTracing(parent);
    } else {
      // The pipeline, and the sampler, find the correlation id in the context.
      span = options.tracer.startSpan(
        spanName(req.method, undefined),
        { kind: SpanKind.SERVER },
        parent,
      );
      if (span.isRecording()) describeRequest(span, req, options.recordUrlQuery);
      const rpc: RpcMetadata = { type: 'http', span };
      active = trace.setSpan(parent, span).setValue(rpcMetadataKey, rpc);
      if (span.isRecording()) endWithResponse(span, rpc, req, res);
    }
  } catch {
    // A propagator or a sampler that throws costs a span, not the request.
    counters.internalErrors++;
    return proceed();
  }
  if (correlationId === undefined) return context.with(active, proceed);
  const store = { ...llmContext.getStore(), correlationId };
  bindRequest(req, res, store, active);
  return llmContext.run(store, () => context.with(active, proceed));
}

/** What the client says of its trace, if it is believed, and the id for samplers and propagators. */
function incomingContext(
  { ids }: HttpServerOptions,
  req: IncomingMessage,
  correlationId: string | undefined,
): Context {
  const trusted = ids === undefined || ids.trusts(req);
  const parent = trusted ? propagation.extract(requestRoot, req.headers) : requestRoot;
  return correlationId === undefined ? parent : parent.setValue(correlationIdKey, correlationId);
}

function pathOf(req: IncomingMessage): string {
  const url = req.url ?? '';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function endWithResponse(
  span: Span,
  rpc: RpcMetadata,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  // Emitted once, after the last byte or when the client has left.
  res.once('close', () => {
    const { statusCode } = res;
    if (rpc.route !== undefined) {
      span.setAttribute('http.route', rpc.route);
      span.updateName(spanName(req.method, rpc.route));
    }
    if (res.headersSent) span.setAttribute('http.response.status_code', statusCode);
    if (!res.writableFinished) span.setAttribute('error.type', 'aborted');
    else if (statusCode >= 500) {
      span.setAttribute('error.type', String(statusCode));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  });
}
