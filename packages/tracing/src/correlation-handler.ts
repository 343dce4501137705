import type { IncomingMessage } from 'node:http';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { TracingConfigError } from './config-error.js';
import { setContextAttributes } from './context-attributes.js';
import { correlationIdKey } from './context-scope.js';
import { llmContext } from './context.js';
import { incomingIds, type CorrelationOptions } from './incoming-id.js';
import { counters } from './stats.js';
import { watchBody } from './response-body.js';

/** How a fetch-style handler finds correlation ids, and whether it makes spans. */
export interface CorrelationHandlerOptions extends Omit<CorrelationOptions, 'trustIncoming'> {
  /** Whether ids and trace headers sent by the client are taken: always, never, or as a function of the request says. Default true. */
  readonly trustIncoming?: boolean | ((request: Request) => boolean) | undefined;
  /** The route, for the span's name and `http.route`: a template such as `/map/:id`, or a function of the request. Default none. */
  readonly route?: string | ((request: Request) => string | undefined) | undefined;
  /** Whether the handler makes the server span: `auto` when there is none yet. Default `auto`. */
  readonly span?: boolean | 'auto' | undefined;
}

/** A handler of the Fetch standard: Hono's `app.fetch`, a route of Next, a Lambda adapter. */
export type FetchHandler<R extends Request, A extends unknown[]> = (
  request: R,
  ...rest: A
) => Response | Promise<Response>;

const tracerName = '@llm/tracing';

/**
 * Does for a fetch-style handler what `correlationMiddleware` does for `node:http`: runs it under the id of
 * the request, returns the id in `X-Correlation-ID`, and makes the server span where nobody else does.
 * A span lasts until the body of the response has been read, was left or failed.
 *
 * @example
 * export const GET = correlationHandler(async (request) => Response.json(await map(request)));
 * @example
 * serve({ fetch: correlationHandler(app.fetch) }); // Hono
 * @throws TracingConfigError naming the option that is wrong
 */
export function correlationHandler<R extends Request, A extends unknown[]>(
  handler: FetchHandler<R, A>,
  options: CorrelationHandlerOptions = {},
): (request: R, ...rest: A) => Promise<Response> {
  if (typeof handler !== 'function') {
    throw new TracingConfigError('handler', 'a function', handler);
  }
  const { trustIncoming, route, span: wanted = 'auto', ...others } = options;
  if (typeof wanted !== 'boolean' && (wanted as unknown) !== 'auto') {
    throw new TracingConfigError('span', "a boolean or 'auto'", wanted);
  }
  // The rules are those of node's requests, which have their headers as an object.
  const ids = incomingIds({
    ...others,
    ...(trustIncoming === undefined
      ? {}
      : {
          trustIncoming:
            typeof trustIncoming === 'function'
              ? (req: IncomingMessage) => trustIncoming((req as unknown as Carrier).request)
              : trustIncoming,
        }),
  });

  return async function (this: unknown, request: R, ...rest: A): Promise<Response> {
    const carrier = carrierOf(request);
    const req = carrier as unknown as IncomingMessage;
    const correlationId = ids.idOf(req);
    const active = incoming(ids.trusts(req), carrier).setValue(correlationIdKey, correlationId);
    const store = { ...llmContext.getStore(), correlationId };
    const span =
      wanted === true || (wanted === 'auto' && trace.getActiveSpan() === undefined)
        ? startSpan(request, active, correlationId)
        : undefined;
    const inside = span === undefined ? active : trace.setSpan(active, span);
    return llmContext.run(store, () =>
      context.with(inside, async () => {
        if (span === undefined) markActive();
        let response: Response;
        try {
          response = await handler.call(this, request, ...rest);
        } catch (error) {
          endSpan(span, request, route, undefined, error);
          throw error;
        }
        const answered = withHeader(response, ids.headerName, correlationId);
        if (span === undefined) return answered;
        return watchBody(answered, (error) => endSpan(span, request, route, answered, error));
      }),
    );
  };
}

interface Carrier {
  readonly request: Request;
  readonly headers: Record<string, string>;
}

function carrierOf(request: Request): Carrier {
  const headers = Object.create(null) as Record<string, string>;
  try {
    for (const [name, value] of request.headers) headers[name] = value;
  } catch {
    // No request of the standard: it has no headers then.
    counters.internalErrors++;
  }
  return { request, headers };
}

/** Under a server span that is there already it stays; else the client's context counts, if trusted. */
function incoming(trusted: boolean, { headers }: Carrier): Context {
  const active = context.active();
  if (trace.getSpan(active) !== undefined || !trusted) return active;
  try {
    return propagation.extract(active, headers);
  } catch {
    counters.internalErrors++;
    return active;
  }
}

function startSpan(request: Request, parent: Context, correlationId: string): Span | undefined {
  try {
    const { protocol, hostname, port, pathname } = new URL(request.url);
    return trace.getTracer(tracerName).startSpan(
      request.method,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': request.method,
          'url.scheme': protocol.slice(0, -1),
          'url.path': pathname,
          'server.address': hostname,
          'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
          correlation_id: correlationId,
        },
      },
      // A parent that is recording here belongs to something else than this request.
      trace.getSpan(parent)?.spanContext().isRemote === false ? ROOT_CONTEXT : parent,
    );
  } catch {
    counters.internalErrors++;
    return undefined;
  }
}

function markActive(): void {
  const span = trace.getActiveSpan();
  if (span !== undefined) setContextAttributes(span);
}

function endSpan(
  span: Span | undefined,
  request: Request,
  route: CorrelationHandlerOptions['route'],
  response: Response | undefined,
  error: unknown,
): void {
  if (span === undefined) return;
  try {
    const template = typeof route === 'function' ? route(request) : route;
    if (template !== undefined) {
      span.setAttribute('http.route', template);
      span.updateName(`${request.method} ${template}`);
    }
    if (response !== undefined) span.setAttribute('http.response.status_code', response.status);
    const status = response?.status ?? 500;
    if (error !== undefined || status >= 500) {
      const name = error instanceof Error ? error.name : undefined;
      span.setAttribute('error.type', name ?? String(status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  } catch {
    counters.internalErrors++;
  }
  span.end();
}

function withHeader(response: Response, name: string, value: string): Response {
  try {
    response.headers.set(name, value);
    return response;
  } catch {
    // A redirect, or the answer to a fetch: its headers cannot be changed, a copy's can.
    const { body, status, statusText, headers } = response;
    const copy = new Response(body, { status, statusText, headers });
    copy.headers.set(name, value);
    return copy;
  }
}
