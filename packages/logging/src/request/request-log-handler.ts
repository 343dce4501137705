import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { LoggingConfigError } from '../config-error.js';
import {
  checkRequestOptions,
  RequestLineWriter,
  type RequestLineOptions,
  type RequestLogStats,
} from './request-line-writer.js';
import { requestLine, unmatchedRoute } from './request-line.js';
import { onResponseEnd, type ResponseEnd } from './response-end.js';

/** How the requests of a fetch-style handler are logged; every option may be left out. */
export interface RequestLogHandlerOptions extends RequestLineOptions {
  /** The route: a pattern such as `/map/:id`, or a function of the request; `setRequestRoute` comes before it. Default: none, `unmatched`. */
  readonly route?: string | ((request: Request) => string | undefined) | undefined;
  /** More fields for a request's line, read when it is over; the response is undefined where the handler threw. Default: none. */
  readonly fields?:
    ((request: Request, response: Response | undefined) => object | undefined) | undefined;
}

/** A fetch-style handler that logs each request in one line. */
export interface RequestLogHandler<R extends Request, A extends unknown[]> {
  (request: R, ...rest: A): Promise<Response>;
  stats(): RequestLogStats;
}

interface Progress {
  route: string | undefined;
}

const inProgress = new AsyncLocalStorage<Progress>();

/** One request has one line, however many handlers, or copies of this package, it passes. */
const OPEN = Symbol.for('llm.logging.request.v1');

/**
 * Does for a fetch-style handler what `requestLogger` does for `node:http`: one line for each request, when it is over. A
 * body of events is over when it was read to its end, was left or failed; any other when the handler has answered.
 *
 * @example
 * export const GET = correlationHandler(requestLogHandler(ask, { route: '/ask' })); // Next
 * @example
 * serve({ fetch: correlationHandler(requestLogHandler(app.fetch)) }); // Hono, with setRequestRoute
 * @throws LoggingConfigError naming the option that is wrong
 */
export function requestLogHandler<R extends Request, A extends unknown[]>(
  handler: (request: R, ...rest: A) => Response | Promise<Response>,
  options: RequestLogHandlerOptions = {},
): RequestLogHandler<R, A> {
  checkOptions(handler, options);
  const lines = new RequestLineWriter(options);

  async function logged(this: unknown, request: R, ...rest: A): Promise<Response> {
    if (!begin(request)) return handler.call(this, request, ...rest);
    const begun = performance.now();
    const progress: Progress = { route: undefined };
    const inScope = AsyncResource.bind((write: () => void) => write());
    const over = (response: Response | undefined, end: ResponseEnd): void => {
      const durationMillis = performance.now() - begun;
      inScope(() =>
        lines.ask(() => {
          const route = progress.route ?? lines.ask(() => routeOf(options.route, request));
          // A client that is gone is why a handler threw, not what it threw.
          const left = end === 'left' || (response === undefined && isAborted(request));
          const line = requestLine({
            method: request.method,
            route: route ?? sampledPath(lines, request),
            headersSent: response !== undefined || !left,
            statusCode: response?.status ?? 500,
            finished: !left && (end === 'sent' || response === undefined),
            durationMillis,
            bytesSent: undefined,
            error: typeof end === 'object' ? end.error : undefined,
          });
          lines.write(line, () => options.fields?.(request, response));
        }),
      );
    };
    let response: Response;
    try {
      response = await inProgress.run(progress, () => handler.call(this, request, ...rest));
    } catch (error) {
      over(undefined, { error });
      throw error;
    }
    return onResponseEnd(response, (end) => over(response, end));
  }
  return Object.assign(logged, { stats: () => lines.stats() });
}

/**
 * Names the route of the request in progress for its line, where only the framework behind the handler knows it: its
 * pattern, never the path that came. Outside of a `requestLogHandler` it does nothing.
 *
 * @example
 * app.use(async (c, next) => {
 *   await next();
 *   setRequestRoute(routePath(c, -1)); // from 'hono/route'
 * });
 */
export function setRequestRoute(pattern: string): void {
  const progress = inProgress.getStore();
  if (progress !== undefined) progress.route = pattern;
}

/** Whether nobody logs this request yet, who then does. */
function begin(request: Request): boolean {
  try {
    if (Object.hasOwn(request, OPEN)) return false;
    Object.defineProperty(request, OPEN, { value: true });
    return true;
  } catch {
    // No request of the standard: what it cannot tell is left out.
    return true;
  }
}

function routeOf(route: RequestLogHandlerOptions['route'], request: Request): string | undefined {
  return typeof route === 'function' ? route(request) : route;
}

function isAborted({ signal }: { signal?: AbortSignal | undefined }): boolean {
  return signal?.aborted === true;
}

/** A path that is named in the configuration tells nothing of the request. */
function sampledPath(lines: RequestLineWriter, { url }: Request): string {
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  return lines.samples(path) ? path : unmatchedRoute;
}

function checkOptions(handler: unknown, options: RequestLogHandlerOptions): void {
  if (typeof handler !== 'function') {
    throw new LoggingConfigError('handler', handler, 'a function');
  }
  checkRequestOptions(
    options,
    ['logger', 'sample', 'level', 'fields', 'route'],
    ['level', 'fields'],
  );
  const { route }: { route?: unknown } = options;
  if (route !== undefined && typeof route !== 'string' && typeof route !== 'function') {
    throw new LoggingConfigError('route', route, 'a pattern or a function');
  }
}
