import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PrometheusContentType, Registry, RegistryContentType } from 'prom-client';
import { MetricsConfigurationError, functionOption } from './configuration.js';
import { type ExemplarLabels, activeSpanLabels } from './exemplar.js';
import type { GaugeInstrument } from './gauge.js';
import type { HistogramInstrument } from './histogram.js';
import { httpCatalogue, httpSecondsBuckets } from './http-catalogue.js';
import { createInstruments } from './instruments.js';
import type { LabelStats } from './series-table.js';

/** The route of a request that no route took; its path is never shown. */
export const unmatchedRoute = 'unmatched';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY']); // prettier-ignore

/** How the HTTP metrics are made; every option may be left out. */
export interface HttpMetricsOptions<T extends RegistryContentType = PrometheusContentType> {
  /** Where the metrics are registered; that of the business metrics, usually. Default one of their own. */
  readonly registry?: Registry<T> | undefined;
  /** Upper bounds, in seconds, ascending. Default 5 ms to 10 s. */
  readonly buckets?: readonly number[] | undefined;
  /** Paths at which Express routers are mounted, shown before the patterns of their routes. Others are shown as `*`. Default none. */
  readonly mountPaths?: readonly string[] | undefined;
  /** The route's pattern, when the request itself does not tell it; a path with ids in it is a leak. Default none. */
  readonly routeOf?: ((req: IncomingMessage) => string | undefined) | undefined;
}

/** What a Fastify instance has and this needs of it. */
export interface FastifyLike {
  // Fastify's own type of hooks is generic over everything; a property of method type takes it.
  addHook(name: 'onRequest', hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void): unknown; // prettier-ignore
}

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly routeOptions?: { readonly url?: string | undefined } | undefined;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
}

/** Duration and number of requests of HTTP servers, by method, route and status. */
export interface HttpMetrics<T extends RegistryContentType = PrometheusContentType> {
  readonly requestDuration: HistogramInstrument<
    (typeof httpCatalogue)['requestDuration']['labelNames'][number]
  >;
  readonly activeRequests: GaugeInstrument<'http_request_method'>;
  readonly registry: Registry<T>;
  /** Middleware for Express, Connect and node:http (there every route is `unmatched`, unless `routeOf` knows it). */
  middleware(req: IncomingMessage, res: ServerResponse, next: () => void): void;
  /** Observes every request of a Fastify instance; call it before routes are added. */
  observeFastify(app: FastifyLike): void;
  stats(): Readonly<LabelStats>;
}

/**
 * Rate, errors and duration of HTTP requests, by method, route pattern and status.
 *
 * @throws MetricsConfigurationError for a bad option, or a name that the registry already has.
 */
export function createHttpMetrics<T extends RegistryContentType = PrometheusContentType>(
  options: HttpMetricsOptions<T> = {},
): HttpMetrics<T> {
  const routeOf = functionOption('routeOf', options.routeOf);
  const given: unknown = options.mountPaths ?? [];
  if (!Array.isArray(given) || !given.every((path) => typeof path === 'string')) {
    throw new MetricsConfigurationError('mountPaths', given, 'a list of paths');
  }
  const mountPaths = new Set<string>(given as readonly string[]);
  const instruments = createInstruments<T>({ registry: options.registry });
  const requestDuration = instruments.histogram({
    ...httpCatalogue.requestDuration,
    buckets: options.buckets ?? httpSecondsBuckets,
    range: { min: 0, max: Number.MAX_VALUE },
    exemplars: true,
  });
  const activeRequests = instruments.gauge(httpCatalogue.activeRequests);

  const expressRoute = (req: IncomingMessage): string | undefined => {
    const { route, baseUrl = '' } = req as IncomingMessage & {
      route?: { path?: unknown };
      baseUrl?: string;
    };
    if (route === undefined) return undefined;
    // What a router is mounted at is known as the path that came, ids in it included.
    const mount = baseUrl === '' || mountPaths.has(baseUrl) ? baseUrl : '*';
    return `${mount}${String(route.path)}`;
  };

  const observe = (
    req: IncomingMessage,
    res: ServerResponse,
    route: () => string | undefined,
  ): void => {
    const begun = performance.now();
    const method = methods.has(req.method ?? '') ? (req.method ?? '') : '_OTHER';
    const active = activeRequests.bind({ http_request_method: method });
    active.inc();
    // Read here: the answer may be over outside of the span.
    const exemplar = sampledSpan();
    // `close` comes once, also when the client goes away before the answer is there.
    res.once('close', () => {
      active.dec();
      let pattern: string | undefined;
      try {
        pattern = routeOf?.(req) ?? route();
      } catch {
        // The host's own function failed; the request is counted all the same.
      }
      const labels = {
        http_request_method: method,
        http_route: pattern ?? unmatchedRoute,
        // nginx' status for a client that left before the answer.
        http_response_status_code: res.headersSent ? res.statusCode : 499,
      };
      requestDuration.bind(labels).observe((performance.now() - begun) / 1000, exemplar);
    });
  };

  return {
    requestDuration,
    activeRequests,
    registry: instruments.registry,
    middleware(req, res, next) {
      observe(req, res, () => expressRoute(req));
      next();
    },
    observeFastify(app) {
      app.addHook('onRequest', (request, reply, done) => {
        observe(request.raw, reply.raw, () => request.routeOptions?.url);
        done();
      });
    },
    stats: () => instruments.stats(),
  };
}

function sampledSpan(): ExemplarLabels | undefined {
  try {
    return activeSpanLabels();
  } catch {
    // A foreign SDK's span that cannot tell its ids.
    return undefined;
  }
}
