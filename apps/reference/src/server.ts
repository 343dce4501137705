import type { ActivityTracker, BusinessMetricsDashboard, HttpMetrics } from '@llm/metrics';
import { withLlmContext } from '@llm/tracing';
import { correlationPlugin, genReqId } from '@llm/tracing/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Logger } from 'winston';
import { addAlertRoutes } from './alert-routes.js';
import { requireToken } from './auth/access.js';
import { faultKinds, type FaultKind, type FaultSwitch } from './faults.js';
import type { Live } from './live/live.js';
import { DetectionError, StorageError, type MappedText, type Mapper } from './mapper.js';
import type { Monitoring } from './monitoring.js';
import { requireOwnOrigin } from './own-origin.js';
import { addPageRoutes } from './page.js';
import { addRequestRoutes, type RequestRoutesOptions } from './requests/request-routes.js';
import { addSecurityHeaders } from './security-headers.js';
import { closeConnections } from './closing-connections.js';

export interface ServerOptions extends RequestRoutesOptions {
  readonly mapper: Mapper;
  readonly dashboard: BusinessMetricsDashboard;
  readonly activity: ActivityTracker;
  readonly http: HttpMetrics;
  readonly live: Live;
  readonly monitoring: Monitoring;
  readonly registry: Registry;
  /** Undefined where faults are not allowed. */
  readonly faults: FaultSwitch | undefined;
  /** Asked for by every route but `/health` and the login; undefined on loopback. */
  readonly token: string | undefined;
  /** Names of the detectors, and of those that are not configured. */
  readonly detectors: Readonly<Record<string, string>>;
}

interface MapRequest {
  readonly text: string;
  readonly tenantId?: string;
}

const longestText = 100_000;
const mostInBatch = 100;

const mapRequestSchema = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: longestText },
    tenantId: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' },
  },
};

/** The HTTP interface of the service; it listens when told to. */
export function createServer(options: ServerOptions): FastifyInstance {
  const {
    mapper,
    dashboard,
    activity,
    http,
    live,
    monitoring,
    registry,
    logger,
    faults,
    token,
    detectors,
  } = options;
  const app = Fastify({
    logger: false,
    genReqId,
    bodyLimit: 2 << 20,
    forceCloseConnections: 'idle',
    // A client that sends a request byte by byte is given up; checked more often than Node would.
    requestTimeout: 10_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
  });
  closeConnections(app);
  void app.register(correlationPlugin);
  addSecurityHeaders(app);
  requireOwnOrigin(app, token === undefined);
  http.observeFastify(app);
  if (token !== undefined) requireToken(app, token);
  observeRequests(app, logger);

  const mapOne = ({ text, tenantId }: MapRequest): Promise<MappedText> =>
    withLlmContext({ tenantId }, () => activity.track(() => mapper.map(text, tenantId)));

  app.post<{ Body: MapRequest }>('/map', { schema: { body: mapRequestSchema } }, ({ body }) =>
    mapOne(body),
  );

  app.post<{ Body: { items: readonly MapRequest[] } }>(
    '/map/batch',
    {
      schema: {
        body: {
          type: 'object',
          required: ['items'],
          additionalProperties: false,
          properties: {
            items: { type: 'array', minItems: 1, maxItems: mostInBatch, items: mapRequestSchema },
          },
        },
      },
    },
    async ({ body }) => {
      const results = [];
      // One after the other: a batch takes no more of the service than a client that asks in a row.
      for (const item of body.items) results.push(await mapOne(item));
      return { results };
    },
  );

  app.get('/health', () => ({
    status: 'ok',
    uptimeSeconds: Math.round(process.uptime()),
    detectors,
  }));
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  addAlertRoutes(app, monitoring);
  addRequestRoutes(app, options);
  app.get('/models', () => monitoring.models());
  app.get('/dashboard/metrics', () => dashboard.getRealtimeMetrics());
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
}

/** One line for each request, and errors as answers that give away nothing of the inside. */
function observeRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const fields = {
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
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof DetectionError) {
      logger.error('detection failed', { error, detectors: error.detectors });
      return reply
        .code(503)
        .send({ error: 'detection failed', detectors: error.detectors, correlationId: request.id });
    }
    if (error instanceof StorageError) {
      logger.error('storage failed', { error });
      return reply.code(503).send({ error: 'storage unavailable', correlationId: request.id });
    }
    if (error.name === 'PostgresStoreError') {
      logger.error('alerts cannot be reached', { error });
      return reply.code(503).send({ error: 'alerts unavailable', correlationId: request.id });
    }
    const status = error.statusCode ?? 500;
    if (status < 500)
      return reply.code(status).send({ error: error.message, correlationId: request.id });
    logger.error('request failed', { error });
    return reply.code(500).send({ error: 'internal error', correlationId: request.id });
  });
}
