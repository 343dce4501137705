import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'winston';
import type { Redis } from 'ioredis';
import { requireToken } from './auth/access.js';
import { closeConnections } from './closing-connections.js';
import type { Configuration } from './configuration.js';
import { addRateLimits, type RateLimits } from './limits/rate-limits.js';
import { DetectionError, StorageError } from './mapper.js';
import { requireOwnOrigin } from './own-origin.js';
import { addSecurityHeaders } from './security-headers.js';

export interface HttpServerOptions extends Pick<
  Configuration,
  'token' | 'tenantTokens' | 'trustedProxies' | 'limits'
> {
  /** Where replicas count requests together; undefined: this process counts by itself. */
  readonly redis?: Redis | undefined;
  readonly logger: Pick<Logger, 'error'>;
  /** Default: Fastify's. */
  readonly genReqId?: FastifyServerOptions['genReqId'];
}

/**
 * The server without routes: its limits, who may ask, and what errors are answered with.
 *
 * @param observe called first, so that what is refused is seen as well
 */
export function createHttpServer(
  options: HttpServerOptions,
  observe: (app: FastifyInstance) => void,
): { readonly app: FastifyInstance; readonly rateLimits: RateLimits } {
  const { token, tenantTokens, trustedProxies, limits, redis, logger, genReqId } = options;
  const app = Fastify({
    logger: false,
    ...(genReqId !== undefined && { genReqId }),
    bodyLimit: limits.bodyBytes,
    ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
    forceCloseConnections: 'idle',
    // A client that sends a request byte by byte is given up; checked more often than Node would.
    requestTimeout: 10_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
  });
  closeConnections(app);
  observe(app);
  addSecurityHeaders(app);
  requireOwnOrigin(app, token === undefined);
  app.decorateRequest('tenant', null);
  const rateLimits = addRateLimits(app, limits, redis);
  if (token !== undefined) {
    requireToken(app, { token, tenantTokens, limitLogins: rateLimits.ofLogins });
  }
  answerErrors(app, logger);
  return { app, rateLimits };
}

/** Errors as answers that give away nothing of the inside. */
function answerErrors(app: FastifyInstance, logger: Pick<Logger, 'error'>): void {
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
