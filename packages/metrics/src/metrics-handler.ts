import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry, RegistryContentType } from 'prom-client';
import { MetricsConfigurationError, functionOption } from './configuration.js';

/** What a scrape reads; any prom-client Registry. */
export type ScrapedRegistry = Pick<Registry<RegistryContentType>, 'metrics' | 'contentType'>;

export interface MetricsHandlerOptions {
  /** What scrapers send as `Authorization: Bearer …`. Default none: then only connections made to a loopback address are answered. */
  readonly token?: string | undefined;
  /** Answer everybody, without a token and on every address. Default false. */
  readonly public?: boolean | undefined;
  /** Told about a scrape that failed; what it throws is ignored. Default none. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface MetricsHandlerStats {
  readonly scrapes: number;
  readonly refused: number;
  readonly failures: number;
}

/** Answers a scrape; for node:http and Express as it is, for Fastify with `req.raw`, `reply.raw` after `reply.hijack()`. */
export interface MetricsHandler {
  (req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** The content type of what the registry exposes now. */
  readonly contentType: string;
  stats(): MetricsHandlerStats;
}

/**
 * Exposes a registry over HTTP. Metrics name tenants: without a token it answers loopback only.
 * Scrapes at the same time share one run. Never rejects.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createMetricsHandler(
  registry: ScrapedRegistry,
  options: MetricsHandlerOptions = {},
): MetricsHandler {
  if (typeof (registry as Partial<ScrapedRegistry> | null | undefined)?.metrics !== 'function') {
    throw new MetricsConfigurationError('registry', registry, 'a prom-client Registry');
  }
  if (options.token !== undefined && (typeof options.token !== 'string' || options.token === '')) {
    throw new MetricsConfigurationError('token', '(not shown)', 'a string that is not empty');
  }
  const expected = options.token === undefined ? undefined : digest(`Bearer ${options.token}`);
  const onError = functionOption('onError', options.onError);
  const counts = { scrapes: 0, refused: 0, failures: 0 };
  let running: Promise<string> | undefined;

  const refusal = (req: IncomingMessage): [status: number, text: string] | undefined => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return [405, 'Method Not Allowed'];
    if (expected) {
      const given = digest(req.headers.authorization ?? '');
      return timingSafeEqual(given, expected) ? undefined : [401, 'Unauthorized'];
    }
    return options.public === true || isLoopback(req.socket.localAddress)
      ? undefined
      : [403, 'Forbidden'];
  };

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const refused = refusal(req);
    if (refused) {
      counts.refused++;
      const [status, text] = refused;
      res.statusCode = status;
      if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
      if (status === 405) res.setHeader('Allow', 'GET, HEAD');
      res.setHeader('Content-Type', 'text/plain; charset=utf-8');
      res.end(`${text}\n`);
      return;
    }
    running ??= registry.metrics().finally(() => {
      running = undefined;
    });
    const body = await running;
    counts.scrapes++;
    res.statusCode = 200;
    res.setHeader('Content-Type', registry.contentType);
    res.end(req.method === 'HEAD' ? undefined : body);
  };

  const handler = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    try {
      await answer(req, res);
    } catch (error) {
      counts.failures++;
      try {
        onError?.(error);
      } catch {
        // The host's own reporter failed; the scraper gets its answer all the same.
      }
      if (!res.headersSent) res.statusCode = 500;
      res.end('scrape failed\n');
    }
  };
  return Object.defineProperty(
    Object.assign(handler, { contentType: '', stats: () => ({ ...counts }) }),
    'contentType',
    { get: () => registry.contentType },
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}
