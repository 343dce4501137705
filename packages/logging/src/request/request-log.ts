import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoggingConfigError } from '../config-error.js';
import { llmContext } from '../context.js';
import {
  checkRequestOptions,
  RequestLineWriter,
  type RequestLineOptions,
  type RequestLogStats,
} from './request-line-writer.js';
import { requestLine, unmatchedRoute } from './request-line.js';
import { countSentBytes } from './sent-bytes.js';

/** How requests are logged; every option may be left out. */
export interface RequestLogOptions extends RequestLineOptions {
  /** More fields for a request's line, read when it is over. Default: none. */
  readonly fields?: ((req: IncomingMessage, res: ServerResponse) => object | undefined) | undefined;
  /** The route's pattern, where the request itself does not tell it; a path with ids in it is a leak. Default: none. */
  readonly routeOf?: ((req: IncomingMessage) => string | undefined) | undefined;
  /** Paths at which Express routers are mounted, shown before the patterns of their routes; others are shown as `*`. Default: none. */
  readonly mountPaths?: readonly string[] | undefined;
}

/** A request in progress. */
interface Open {
  error: unknown;
  /** The request's context as it is now, if it is still this request's. */
  readonly noteContext: () => void;
}

/** One request has one line, however many times it passes here, or a copy of this package. A `WeakMap` would cost the collector as much as all else. */
const OPEN = Symbol.for('llm.logging.request.v1');
type Observed = IncomingMessage & { [OPEN]?: Open };

/** Writes one line for each request, when it is over. */
export class RequestLog {
  readonly #lines: RequestLineWriter;
  readonly #options: RequestLogOptions;
  readonly #mountPaths: ReadonlySet<string>;

  /** @throws LoggingConfigError */
  constructor(options: RequestLogOptions = {}) {
    checkOptions(options);
    this.#options = options;
    this.#lines = new RequestLineWriter(options);
    this.#mountPaths = new Set(options.mountPaths);
  }

  stats(): RequestLogStats {
    return this.#lines.stats();
  }

  /** Has the line of a request written when its response is over. @param route asked then. */
  observe(req: IncomingMessage, res: ServerResponse, route: () => string | undefined): void {
    if ((req as Observed)[OPEN] !== undefined) return;
    const begun = performance.now();
    const bytesSent = countSentBytes(req, res);
    let context = llmContext.getStore();
    let scope = inScope();
    const noteContext = (): void => {
      const inner = llmContext.getStore();
      if (inner === context || inner?.correlationId === undefined) return;
      if (inner.correlationId !== context?.correlationId) return;
      context = inner;
      scope = inScope();
    };
    const request: Open = { error: undefined, noteContext };
    (req as Observed)[OPEN] = request;
    // Emitted by `res.end()`, so inside of what the request has entered meanwhile, such as its tenant;
    // of pipelined requests, though, by the end of the one before.
    res.once('prefinish', noteContext);
    // `close` comes once, also when the client goes away before the response is there.
    res.once('close', () => {
      const durationMillis = performance.now() - begun;
      const write = (): void => {
        const line = requestLine({
          method: req.method ?? '',
          route: this.#routeOf(req, route),
          headersSent: res.headersSent,
          statusCode: res.statusCode,
          finished: res.writableFinished,
          durationMillis,
          bytesSent: bytesSent(),
          error: request.error ?? (res as { errored?: unknown }).errored,
        });
        this.#lines.write(line, () => this.#options.fields?.(req, res));
      };
      // It comes in the context of the connection, or of a pipelined request before; unless whoever gave
      // the request its id, behind here, has bound its events to it.
      if (context?.correlationId === undefined && Object.hasOwn(res, 'emit'))
        this.#lines.ask(write);
      else scope(() => this.#lines.ask(write));
    });
  }

  /** Takes the context of this moment for the request's line, if it adds to what the request came with. */
  noteContext(req: IncomingMessage): void {
    (req as Observed)[OPEN]?.noteContext();
  }

  /** Remembers the error that a request ends with. */
  noteError(req: IncomingMessage, error: unknown): void {
    const request = (req as Observed)[OPEN];
    if (request !== undefined) request.error ??= error;
  }

  /** The pattern of an Express request. */
  expressRoute(req: IncomingMessage): string | undefined {
    const { route, baseUrl = '' } = req as IncomingMessage & {
      route?: { path?: unknown };
      baseUrl?: string;
    };
    if (route === undefined) return undefined;
    // What a router is mounted at is known as the path that came, ids in it included.
    const mount = baseUrl === '' || this.#mountPaths.has(baseUrl) ? baseUrl : '*';
    return `${mount}${String(route.path)}`;
  }

  #routeOf(req: IncomingMessage, route: () => string | undefined): string {
    const known = this.#lines.ask(() => this.#options.routeOf?.(req) ?? route());
    if (known !== undefined) return known;
    // A path that is named in the configuration tells nothing of the request.
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    return this.#lines.samples(path) ? path : unmatchedRoute;
  }
}

/** Runs functions in the context of this moment. */
function inScope(): (write: () => void) => void {
  const resource = new AsyncResource('llm.logging.request', { requireManualDestroy: true });
  return (write) => resource.runInAsyncScope(write);
}

const knownOptions = ['logger', 'sample', 'level', 'fields', 'routeOf', 'mountPaths'];

function checkOptions(options: RequestLogOptions): void {
  checkRequestOptions(options, knownOptions, ['level', 'fields', 'routeOf']);
  const { mountPaths }: { mountPaths?: unknown } = options;
  if (mountPaths === undefined) return;
  if (!Array.isArray(mountPaths) || !mountPaths.every((path) => typeof path === 'string')) {
    throw new LoggingConfigError('mountPaths', mountPaths, 'a list of paths');
  }
}
