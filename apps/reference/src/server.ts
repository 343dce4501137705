import type {
  ActivityTracker,
  BusinessMetricsDashboard,
  HttpMetrics,
  ReplicaTotals,
} from '@llm/metrics';
import { withLlmContext } from '@llm/tracing';
import { correlationPlugin, genReqId } from '@llm/tracing/fastify';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Logger } from 'winston';
import { addAlertRoutes } from './alert-routes.js';
import { faultKinds, type FaultKind, type FaultSwitch } from './faults.js';
import type { Live } from './live/live.js';
import { createHttpServer, type HttpServerOptions } from './http-server.js';
import { addMapRoutes, type MapText } from './map-routes.js';
import type { Mapper } from './mapper.js';
import type { Monitoring } from './monitoring.js';
import { tenantOf } from './tenant.js';
import { addPageRoutes } from './page.js';
import { addRequestRoutes, type RequestRoutesOptions } from './requests/request-routes.js';

export interface ServerOptions
  extends RequestRoutesOptions, Omit<HttpServerOptions, 'genReqId' | 'logger'> {
  readonly mapper: Mapper;
  readonly dashboard: BusinessMetricsDashboard;
  readonly activity: ActivityTracker;
  /** What is judged. */
  readonly totals: ReplicaTotals;
  readonly http: HttpMetrics;
  readonly live: Live;
  readonly monitoring: Monitoring;
  readonly registry: Registry;
  /** Undefined where faults are not allowed. */
  readonly faults: FaultSwitch | undefined;
  /** Names of the detectors, and of those that are not configured. */
  readonly detectors: Readonly<Record<string, string>>;
}

/** The HTTP interface of the service; it listens when told to. */
export function createServer(options: ServerOptions): FastifyInstance {
  const {
    mapper,
    dashboard,
    activity,
    totals,
    http,
    live,
    monitoring,
    registry,
    logger,
    faults,
    limits,
    detectors,
  } = options;
  const { app, rateLimits } = createHttpServer({ ...options, genReqId }, (bare) => {
    void bare.register(correlationPlugin);
    http.observeFastify(bare);
    observeRequests(bare, logger);
  });

  const mapOne: MapText = (text, tenantId) =>
    withLlmContext({ tenantId }, () => activity.track(() => mapper.map(text, tenantId)));
  addMapRoutes(app, mapOne, limits, rateLimits);
  app.get('/health', () => ({
    status: 'ok',
    uptimeSeconds: Math.round(process.uptime()),
    monitoring: totals.answering ? 'running' : 'paused: Redis does not answer',
    detectors,
  }));
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  addAlertRoutes(app, monitoring);
  addRequestRoutes(app, options);
  app.get('/models', () => monitoring.models());
  app.get('/dashboard/metrics', { config: { forTenants: true } }, ({ tenant }) =>
    tenant === null ? dashboard.getRealtimeMetrics() : dashboard.getTenantMetrics(tenant),
  );
  app.get('/dashboard', (_request, reply) => reply.redirect('/'));
  addPageRoutes(app);
  live.addRoutes(app);
  if (faults !== undefined) {
    const watched = monitoring.models().models.map(({ modelName }) => modelName);
    addFaultRoutes(app, faults, watched, logger);
  }
  return app;
}

function addFaultRoutes(
  app: FastifyInstance,
  faults: FaultSwitch,
  detectors: readonly string[],
  logger: Logger,
): void {
  app.get('/faults', () => ({ faults: faults.list() }));
  app.post<{ Body: { kind: FaultKind; durationSeconds: number; detector?: string } }>(
    '/faults',
    {
      schema: {
        body: {
          type: 'object',
          required: ['kind', 'durationSeconds'],
          additionalProperties: false,
          properties: {
            kind: { type: 'string', enum: faultKinds },
            detector: { type: 'string', enum: detectors },
            durationSeconds: { type: 'number', exclusiveMinimum: 0, maximum: 3600 },
          },
        },
      },
    },
    ({ body }, reply) => {
      const fault = faults.start(body.kind, body.durationSeconds, body.detector);
      logger.warn('fault started', { ...fault });
      return reply.code(201).send(fault);
    },
  );
  app.post('/faults/stop', () => {
    const stopped = faults.stop();
    logger.warn('faults stopped', { faults: stopped });
    return { faults: stopped };
  });
}

/** One line for each request. */
function observeRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const tenant = tenantOf(request);
    const fields = {
      ...(tenant !== null && { tenant_id: tenant }),
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 100) / 100,
    };
    // Pages and scrapes repeat themselves; what they ask for is no business of the service.
    if (reply.statusCode < 400 && request.method === 'GET') logger.debug('request', fields);
    else logger.log(reply.statusCode >= 500 ? 'error' : 'info', 'request', fields);
    done();
  });
}
