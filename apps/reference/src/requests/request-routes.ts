import { isCorrelationId } from '@llm/tracing';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type pg from 'pg';
import type { Logger } from 'winston';
import type { RecentLines } from './recent-lines.js';
import type { RequestLog } from './recent-requests.js';
import type { RecentSpans } from './recent-spans.js';
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
  app.get('/requests', async () => ({ requests: await requests.list() }));
  app.get<{ Params: { correlationId: string } }>(
    '/requests/:correlationId',
    async ({ params: { correlationId } }, reply) => {
      const known = isCorrelationId(correlationId);
      const story = {
        correlationId,
        requests: await requests.of(correlationId),
        spans: spans.of(correlationId),
        lines: lines.of(correlationId),
        mappings: known ? await mappingsOf(correlationId) : [],
      };
      const { mappings } = story;
      const found = [story.requests, story.spans, story.lines, mappings].some(
        (part) => part === null || part.length > 0,
      );
      return found ? story : reply.code(404).send({ error: 'nothing is known of this id' });
    },
  );
  app.get<{ Params: { correlationId: string } }>('/traces/:correlationId', ({ params }) => ({
    spans: spans.of(params.correlationId),
  }));

  /** Null when the database does not answer: the rest can be shown all the same. */
  async function mappingsOf(correlationId: string): Promise<StoredMapping[] | null> {
    try {
      return await readStoredMappings(pool, correlationId);
    } catch (error) {
      logger.error('mappings cannot be read', { error });
      return null;
    }
  }
}

/** Of a request that was well-formed enough to be mapped. */
function tenantOf({ body }: FastifyRequest): string | null {
  const tenantId = (body as { tenantId?: unknown } | null | undefined)?.tenantId;
  return typeof tenantId === 'string' && /^[A-Za-z0-9._:-]{1,64}$/.test(tenantId) ? tenantId : null;
}
