import { type RequestListener, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  MetricsConfigurationError,
  type MetricsHandlerOptions,
  createBusinessMetrics,
  createInstruments,
  createMetricsHandler,
} from '../src/index.js';
import { parseExposition, valueOf } from './exposition.js';

const closers: (() => void)[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

async function start(options?: MetricsHandlerOptions, before?: (socket: Socket) => void) {
  const metrics = createBusinessMetrics();
  metrics.detectorRequests.inc({ detector_type: 'pii', tenant_id: 'acme', status: 'success' });
  const handler = createMetricsHandler(metrics.registry, options);
  const url = await serve((req, res) => {
    before?.(req.socket);
    void handler(req, res);
  });
  return { url, handler };
}

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const openMetrics = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

describe('the metrics handler', () => {
  it('answers in the format that the scraper asks for, and compresses when it may', async () => {
    const { url } = await start();
    const asked = await fetch(url, { headers: { accept: openMetrics } });
    expect(asked.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(asked.headers.get('content-encoding')).toBe('gzip');
    expect(asked.headers.get('vary')).toBe('Accept, Accept-Encoding');
    const text = await asked.text();
    expect(text).toContain('# TYPE detector_requests counter\n');
    expect(text.endsWith('# EOF\n')).toBe(true);
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(parseExposition(await plain.text()).samples.length).toBeGreaterThan(0);
    const never = await fetch((await start({ gzip: false })).url);
    expect(never.headers.get('content-encoding')).toBeNull();
  });

  it('gives scrapes at the same time one run, whole for each, also when one of them goes away', async () => {
    const instruments = createInstruments({ labelLimits: { id: { maxValues: 1e6 } } });
    let collected = 0;
    const c = instruments.counter({
      name: 'c_total',
      help: 'c',
      labelNames: ['id'],
      collect: () => {
        collected++;
      },
    });
    for (let i = 0; i < 20_000; i++) c.inc({ id: `${'x'.repeat(40)}${i}` });
    const handler = createMetricsHandler(instruments.registry);
    let arrived = 0;
    const url = await serve((req, res) => {
      arrived++;
      void handler(req, res);
    });
    const abort = new AbortController();
    const scrapes = [1, 2, 3].map(async () => (await fetch(url)).text());
    const left = fetch(url, { signal: abort.signal }).then(async (response) => {
      abort.abort();
      return response.text();
    });
    await expect(left).rejects.toThrow();
    const texts = await Promise.all(scrapes);
    for (const text of texts) expect(text.match(/^c_total/gm)).toHaveLength(20_000);
    expect(arrived).toBe(4);
    expect(collected).toBeLessThan(4);
    expect(handler.stats().failures).toBe(0);
  });

  it('breaks off an answer whose run fails half way, so that it does not look whole', async () => {
    const instruments = createInstruments({ labelLimits: { id: { maxValues: 1e6 } } });
    const c = instruments.counter({ name: 'c_total', help: 'c', labelNames: ['id'] });
    for (let i = 0; i < 20_000; i++) c.inc({ id: `${'x'.repeat(40)}${i}` });
    const broken = { get: () => c.get(), help: 'z', type: 'counter', writer: () => ({ length: 1, lines: () => { throw new Error('half way'); } }), prepare: async () => {} }; // prettier-ignore
    instruments.registry.registerMetric(Object.assign(broken, { name: 'z' }) as never);
    const onError = vi.fn();
    const handler = createMetricsHandler(instruments.registry, { onError });
    const url = await serve((req, res) => void handler(req, res));
    await expect(
      fetch(url, { headers: { 'accept-encoding': 'identity' } }).then((res) => res.text()),
    ).rejects.toThrow();
    expect(onError).toHaveBeenCalledTimes(1);
    expect(handler.stats().failures).toBe(1);
  });

  it('answers a scrape on loopback with the text format and its content type', async () => {
    const { url, handler } = await start();
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(handler.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(valueOf(await response.text(), 'detector_requests_total', { tenant_id: 'acme' })).toBe(
      1,
    );
  });

  it('answers HEAD without a body, and refuses to be written to', async () => {
    const { url, handler } = await start();
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(url, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(handler.stats()).toEqual({ scrapes: 1, refused: 1, failures: 0 });
  });

  it('asks for its token wherever it listens', async () => {
    const { url } = await start({ token: 'open sesame' });
    const status = async (authorization?: string) =>
      (await fetch(url, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status()).toBe(401);
    expect(await status('Bearer open')).toBe(401);
    expect(await status('open sesame')).toBe(401);
    expect(await status('Bearer open sesame')).toBe(200);
  });

  it('without a token shows nothing beyond loopback, unless it is public', async () => {
    const elsewhere = (socket: Socket) =>
      Object.defineProperty(socket, 'localAddress', { value: '10.0.0.5', configurable: true });
    expect((await fetch((await start({}, elsewhere)).url)).status).toBe(403);
    expect((await fetch((await start({ public: true }, elsewhere)).url)).status).toBe(200);
    expect((await fetch((await start({ token: 't' }, elsewhere)).url)).status).toBe(401);
  });

  it('runs the registry once for scrapes at the same time', async () => {
    let runs = 0;
    const handler = createMetricsHandler({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      metrics: async () => {
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return '# HELP up Up.\n# TYPE up gauge\nup 1\n';
      },
    });
    const url = await serve((req, res) => void handler(req, res));
    const texts = await Promise.all(
      [fetch(url), fetch(url), fetch(url)].map(async (r) => (await r).text()),
    );
    for (const text of texts) expect(parseExposition(text).samples).toHaveLength(1);
    expect(runs).toBe(1);
  });

  it('turns a registry that fails into a 500 that tells nothing, reports it, and goes on', async () => {
    const onError = vi.fn(() => {
      throw new Error('reporter');
    });
    let fail = true;
    const handler = createMetricsHandler(
      {
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        metrics: () => {
          if (fail) throw new Error('secret detail');
          return Promise.resolve('\n');
        },
      },
      { onError },
    );
    const url = await serve((req, res) => void handler(req, res));
    const failed = await fetch(url);
    expect([failed.status, await failed.text()]).toEqual([500, 'scrape failed\n']);
    fail = false;
    expect((await fetch(url)).status).toBe(200);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(handler.stats()).toEqual({ scrapes: 1, refused: 0, failures: 1 });
  });

  it('survives a scraper that goes away', async () => {
    const { url, handler } = await start();
    await new Promise<void>((resolve) => {
      const req = request(url);
      req.on('error', () => resolve());
      req.end(() => req.destroy(new Error('gone')));
    });
    expect((await fetch(url)).status).toBe(200);
    expect(handler.stats().failures).toBe(0);
  });

  it('refuses bad options without showing the token', () => {
    expect(() => createMetricsHandler({} as never)).toThrow(MetricsConfigurationError);
    const registry = createBusinessMetrics().registry;
    expect(() => createMetricsHandler(registry, { token: '' })).toThrow(/^token must be/);
    expect(() => createMetricsHandler(registry, { token: ['hush'] as never })).toThrow(
      /^token must be (?!.*hush)/,
    );
    expect(() => createMetricsHandler(registry, { onError: {} as never })).toThrow(
      /^onError must be/,
    );
  });
});
