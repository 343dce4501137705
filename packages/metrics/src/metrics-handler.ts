import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry, RegistryContentType } from 'prom-client';
import { MetricsConfigurationError, functionOption } from './configuration.js';
import { acceptsGzip, negotiatedFormat } from './content-negotiation.js';
import { contentTypes, formatOf } from './metrics-registry.js';
import { registryText } from './registry-text.js';
import { SharedScrape } from './shared-scrape.js';
import type { TextFormat } from './text-format.js';

/** What a scrape reads; any prom-client Registry. Without `getMetricsAsArray` it is asked for its one text. */
export type ScrapedRegistry = Pick<Registry<RegistryContentType>, 'metrics' | 'contentType'> &
  Partial<Pick<Registry<RegistryContentType>, 'getMetricsAsArray'>>;

/** Who may scrape, and how it is answered. */
export interface MetricsHandlerOptions {
  /** What scrapers send as `Authorization: Bearer …`. Default none: then only connections made to a loopback address are answered. */
  readonly token?: string | undefined;
  /** Answer everybody, without a token and on every address. Default false. */
  readonly public?: boolean | undefined;
  /** Compress for scrapers that take gzip. Default true. */
  readonly gzip?: boolean | undefined;
  /** Told about a scrape that failed; what it throws is ignored. Default none. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What became of scrapes, since the handler was made. */
export interface MetricsHandlerStats {
  readonly scrapes: number;
  readonly refused: number;
  readonly failures: number;
}

/**
 * Answers a scrape; for node:http and Express as it is. In Fastify: `reply.hijack()`, then
 * `handler(request.raw, reply.raw)`.
 */
export interface MetricsHandler {
  (req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** The content type of an answer to a scraper that has no wish. */
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
  const compress = options.gzip !== false;
  const running = new Map<string, SharedScrape>();

  /** The run in progress in this form, or a new one. */
  const scrape = (format: TextFormat, gzip: boolean): SharedScrape => {
    const key = `${format} ${gzip}`;
    const latest = running.get(key);
    if (latest?.isJoinable === true) return latest;
    const run = new SharedScrape(textOf(registry, format), gzip);
    running.set(key, run);
    void run.whenOver.then(() => {
      if (running.get(key) === run) running.delete(key);
    });
    return run;
  };

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
    const own = formatOf(registry.contentType);
    const format =
      registry.getMetricsAsArray === undefined ? own : negotiatedFormat(req.headers.accept, own);
    const gzip = compress && acceptsGzip([req.headers['accept-encoding']].flat().join());
    res.setHeader('Vary', 'Accept, Accept-Encoding');
    const chunks = scrape(format, gzip).read();
    try {
      // The head is written with the first chunk: a scrape that fails at once is still a 500.
      let next = await chunks.next();
      counts.scrapes++;
      res.statusCode = 200;
      res.setHeader('Content-Type', contentTypes[format]);
      if (gzip) res.setHeader('Content-Encoding', 'gzip');
      for (; req.method !== 'HEAD' && !next.done && !res.destroyed; next = await chunks.next()) {
        if (!res.write(next.value)) await drained(res);
      }
    } finally {
      await chunks.return();
    }
    res.end();
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
      if (res.headersSent) {
        // Half a text must not look whole.
        res.destroy();
        return;
      }
      res.statusCode = 500;
      res.removeHeader('Content-Encoding');
      res.setHeader('Content-Type', 'text/plain; charset=utf-8');
      res.end('scrape failed\n');
    }
  };
  return Object.defineProperty(
    Object.assign(handler, { contentType: '', stats: () => ({ ...counts }) }),
    'contentType',
    { get: () => registry.contentType },
  );
}

async function* textOf(registry: ScrapedRegistry, format: TextFormat): AsyncGenerator<string> {
  if (registry.getMetricsAsArray === undefined) yield await registry.metrics();
  else yield* registryText(registry as Registry, format);
}

/** Resolves when more can be written, or nobody reads any more. */
async function drained(res: ServerResponse): Promise<void> {
  const given = new AbortController();
  try {
    await Promise.race([
      once(res, 'drain', { signal: given.signal }),
      once(res, 'close', { signal: given.signal }),
    ]);
  } finally {
    given.abort();
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}
