import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'winston';
import { LiveFigures, type LiveFiguresOptions } from './live-figures.js';
import { LiveStream } from './live-stream.js';

export interface Live {
  /** Adds `GET /live`. */
  addRoutes(app: FastifyInstance): void;
  stats(): object;
}

const intervalMillis = 1000;

/**
 * Shows what the service does as it does it: a moment a second, until the server closes.
 *
 * @param maxConnections readers at a time
 */
export function startLive(
  options: LiveFiguresOptions,
  maxConnections: number,
  logger: Logger,
): Live {
  const figures = new LiveFigures(options);
  const stream = new LiveStream({ maxConnections });
  let failures = 0;
  let reading = false;
  const read = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      // Its queries are no work of the service: their spans would bury those of requests.
      const quiet = suppressTracing(ROOT_CONTEXT);
      stream.publish(await context.with(quiet, () => figures.read()));
    } catch (error) {
      failures += 1;
      if (failures === 1) logger.error('the live page cannot be fed', { error });
    } finally {
      reading = false;
    }
  };
  const timer = setInterval(() => void read(), intervalMillis);

  return {
    addRoutes(app) {
      // No HEAD: it would be a reader that reads nothing.
      app.get('/live', { exposeHeadRoute: false }, (request, reply) => {
        // Hijacked, since Fastify would wait for an end; what hooks have set goes along.
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        if (!stream.open(reply.raw, lastIdOf(request))) {
          return reply.code(503).header('retry-after', 10).send({ error: 'too many readers' });
        }
        reply.hijack();
        return reply;
      });
      app.addHook('preClose', (done) => {
        clearInterval(timer);
        stream.close();
        done();
      });
    },
    stats: () => ({ ...stream.stats(), failures }),
  };
}

/** A browser that gave up connecting begins anew without the header, so the page tells the id itself. */
function lastIdOf({ headers, query }: FastifyRequest): string | undefined {
  const header = headers['last-event-id'];
  const given = header ?? (query as Record<string, unknown>)['lastEventId'];
  return typeof given === 'string' ? given : undefined;
}
