import type { RecentLines } from '@llm/logging';
import { isCorrelationId } from '@llm/tracing';
import type { RecentSpans } from '@llm/tracing/node';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Logger } from 'winston';
import type { RequestLog } from './recent-requests.js';
import { tenantOf } from '../tenant.js';
import { readStoredMappings, type StoredMapping } from './stored-mappings.js';

export interface RequestRoutesOptions {
  readonly requests: RequestLog;
  readonly spans: RecentSpans;
  readonly lines: RecentLines;
  readonly pool: Pick<pg.Pool, 'query'>;
  readonly logger: Logger;
}

/** What is known of one correlation id: `GET /requests`, `GET /requests/:correlationId`, `GET /traces/:correlationId`. */
export function addRequestRoutes(
  app: FastifyInstance,
  { requests, spans, lines, pool, logger }: RequestRoutesOptions,
): void {
  app.addHook('onResponse', (request, reply, done) => {
    // Pages and scrapes repeat themselves and would push out what is worth a look.
    if (request.method !== 'GET') {
      requests.add({
        at: Date.now() - reply.elapsedTime,
        correlationId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        durationMillis: reply.elapsedTime,
        tenantId: tenantOf(request),
      });
    }
    done();
  });
  const config = { forTenants: true };
  app.get('/requests', { config }, async ({ tenant }) => ({
    requests: await requests.list(100, tenant),
  }));
  app.get<{ Params: { correlationId: string } }>(
    '/requests/:correlationId',
    { config },
    async ({ params: { correlationId }, tenant }, reply) => {
      const known = isCorrelationId(correlationId);
      const story = {
        correlationId,
        requests: await requests.of(correlationId, tenant),
        spans: spans.of(correlationId, tenant ?? undefined),
        lines: lines.of(correlationId, tenant ?? undefined),
        mappings: known ? await mappingsOf(correlationId, tenant) : [],
      };
      const { mappings } = story;
      const found = [story.requests, story.spans, story.lines, mappings].some(
        (part) => part === null || part.length > 0,
      );
      return found ? story : reply.code(404).send({ error: 'nothing is known of this id' });
    },
  );
  app.get<{ Params: { correlationId: string } }>(
    '/traces/:correlationId',
    { config },
    ({ params, tenant }) => ({ spans: spans.of(params.correlationId, tenant ?? undefined) }),
  );

  /** Null when the database does not answer: the rest can be shown all the same. */
  async function mappingsOf(
    correlationId: string,
    tenant: string | null,
  ): Promise<StoredMapping[] | null> {
    try {
      return await readStoredMappings(pool, correlationId, tenant);
    } catch (error) {
      logger.error('mappings cannot be read', { error });
      return null;
    }
  }
}
