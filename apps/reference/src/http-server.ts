import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'winston';
import { requireToken } from './auth/access.js';
import { closeConnections } from './closing-connections.js';
import { DetectionError, StorageError } from './mapper.js';
import { requireOwnOrigin } from './own-origin.js';
import { addSecurityHeaders } from './security-headers.js';

export interface HttpServerOptions {
  /** Asked for by every route but `/health` and the login; undefined on loopback. */
  readonly token: string | undefined;
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
  { token, logger, genReqId }: HttpServerOptions,
  observe: (app: FastifyInstance) => void,
): FastifyInstance {
  const app = Fastify({
    logger: false,
    ...(genReqId !== undefined && { genReqId }),
    bodyLimit: 2 << 20,
    forceCloseConnections: 'idle',
    // A client that sends a request byte by byte is given up; checked more often than Node would.
    requestTimeout: 10_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
  });
  closeConnections(app);
  observe(app);
  addSecurityHeaders(app);
  requireOwnOrigin(app, token === undefined);
  if (token !== undefined) requireToken(app, token);
  answerErrors(app, logger);
  return app;
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
