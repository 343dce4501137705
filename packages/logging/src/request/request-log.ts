import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoggingConfigError } from '../config-error.js';
import { llmContext } from '../context.js';
import { getLogger } from '../default-logger.js';
import { requestLine, requestMessage, unmatchedRoute, type RequestLine } from './request-line.js';
import { RouteSampling } from './route-sampling.js';
import { countSentBytes } from './sent-bytes.js';

/** What of a logger the lines of requests need: any winston logger has it. */
export interface RequestLogTarget {
  log(level: string, message: string, fields: object): unknown;
  readonly levels?: Readonly<Record<string, number>> | undefined;
}

/** How requests are logged; every option may be left out. */
export interface RequestLogOptions {
  /** Where the lines go. Default: the process's default logger, as a child of the name `http`. */
  readonly logger?: RequestLogTarget | undefined;
  /** Share of the lines of noisy routes that are written, 0 to 1: `{ '/health': 0.01 }`. Those of status 400 and above and aborted ones always are. Default: all lines of all routes. */
  readonly sample?: Readonly<Record<string, number>> | undefined;
  /** The level of a line. Default: `error` from status 500, `warn` from 400, else `info`. */
  readonly level?: ((line: RequestLine) => string) | undefined;
  /** More fields for a request's line, read when it is over. Default: none. */
  readonly fields?: ((req: IncomingMessage, res: ServerResponse) => object | undefined) | undefined;
  /** The route's pattern, where the request itself does not tell it; a path with ids in it is a leak. Default: none. */
  readonly routeOf?: ((req: IncomingMessage) => string | undefined) | undefined;
  /** Paths at which Express routers are mounted, shown before the patterns of their routes; others are shown as `*`. Default: none. */
  readonly mountPaths?: readonly string[] | undefined;
}

/** What became of the lines of requests. */
export interface RequestLogStats {
  /** Lines that were handed to the logger. */
  readonly logged: number;
  /** Lines that were left out by `sample`. */
  readonly sampledOut: number;
  /** Calls of `level`, `fields`, `routeOf` or the logger that threw; their lines are written without it. */
  readonly failed: number;
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
  readonly #logger: RequestLogTarget;
  readonly #levels: { readonly error: string; readonly warn: string; readonly info: string };
  readonly #sampling: RouteSampling;
  readonly #options: RequestLogOptions;
  readonly #mountPaths: ReadonlySet<string>;
  readonly #stats = { logged: 0, sampledOut: 0, failed: 0 };

  /** @throws LoggingConfigError */
  constructor(options: RequestLogOptions = {}) {
    checkOptions(options);
    this.#options = options;
    this.#sampling = new RouteSampling(options.sample);
    this.#mountPaths = new Set(options.mountPaths);
    this.#logger = options.logger ?? getLogger('http');
    this.#levels = levelsOf(this.#logger.levels ?? {});
  }

  stats(): RequestLogStats {
    return { ...this.#stats };
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
        this.#write(line, req, res);
      };
      // It comes in the context of the connection, or of a pipelined request before; unless whoever gave
      // the request its id, behind here, has bound its events to it.
      if (context?.correlationId === undefined && Object.hasOwn(res, 'emit')) this.#ask(write);
      else scope(() => this.#ask(write));
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

  #write(line: RequestLine, req: IncomingMessage, res: ServerResponse): void {
    const { route, status, aborted } = line;
    const rate = this.#sampling.rateOf(route);
    const plain = status < 400 && aborted !== true;
    if (rate < 1 && plain && !this.#sampling.take(route)) {
      this.#stats.sampledOut++;
      return;
    }
    const sampled = rate < 1 && plain ? { ...line, sample_rate: rate } : line;
    const { error, warn, info } = this.#levels;
    const usual = status >= 500 ? error : status >= 400 ? warn : info;
    const level = this.#ask(() => this.#options.level?.(sampled)) ?? usual;
    const fields = this.#ask(() => this.#options.fields?.(req, res));
    this.#ask(() => {
      this.#logger.log(level, requestMessage(line), { ...sampled, ...fields });
      this.#stats.logged++;
    });
  }

  #routeOf(req: IncomingMessage, route: () => string | undefined): string {
    const known = this.#ask(() => this.#options.routeOf?.(req) ?? route());
    if (known !== undefined) return known;
    // A path that is named in the configuration tells nothing of the request.
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    return this.#sampling.has(path) ? path : unmatchedRoute;
  }

  /** Asks the host's own code, which may throw. */
  #ask<T>(question: () => T): T | undefined {
    try {
      return question();
    } catch {
      this.#stats.failed++;
      return undefined;
    }
  }
}

/** Runs functions in the context of this moment. */
function inScope(): (write: () => void) => void {
  const resource = new AsyncResource('llm.logging.request', { requireManualDestroy: true });
  return (write) => resource.runInAsyncScope(write);
}

function levelsOf(levels: Readonly<Record<string, number>>) {
  const known = (names: readonly string[]): string =>
    names.find((name) => Object.hasOwn(levels, name)) ?? names[0] ?? '';
  return {
    error: known(['error', 'err']),
    warn: known(['warn', 'warning']),
    info: known(['info']),
  };
}

const knownOptions = new Set(['logger', 'sample', 'level', 'fields', 'routeOf', 'mountPaths']);

function checkOptions(options: RequestLogOptions): void {
  for (const key of Object.keys(options)) {
    if (knownOptions.has(key)) continue;
    throw new LoggingConfigError('option', key, `one of ${[...knownOptions].join(', ')}`);
  }
  for (const name of ['level', 'fields', 'routeOf'] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === 'function') continue;
    throw new LoggingConfigError(name, value, 'a function');
  }
  const { logger, mountPaths }: { logger?: unknown; mountPaths?: unknown } = options;
  if (logger !== undefined && typeof (logger as RequestLogTarget | null)?.log !== 'function') {
    throw new LoggingConfigError('logger', logger, 'a winston logger');
  }
  if (mountPaths === undefined) return;
  if (!Array.isArray(mountPaths) || !mountPaths.every((path) => typeof path === 'string')) {
    throw new LoggingConfigError('mountPaths', mountPaths, 'a list of paths');
  }
}
