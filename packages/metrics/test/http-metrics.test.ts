import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpMetrics, MetricsConfigurationError, createHttpMetrics } from '../src/index.js';
import { parseExposition } from './exposition.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function seen(metrics: HttpMetrics) {
  const { samples } = parseExposition(await metrics.registry.metrics());
  return samples
    .filter(({ name }) => name === 'http_server_request_duration_seconds_count')
    .map(({ labels, value }) => [
      labels['http_request_method'],
      labels['http_route'],
      labels['http_response_status_code'],
      value,
    ]);
}

async function listen(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('requests', () => {
  it('of Fastify are observed by route pattern, never by path', async () => {
    const metrics = createHttpMetrics();
    const app = fastify();
    metrics.observeFastify(app);
    app.get('/users/:id', async () => 'ok');
    await app.register(
      async (scope) => {
        scope.get('/fail/:id', () => {
          throw new Error('no');
        });
      },
      { prefix: '/v1' },
    );
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    closers.push(() => app.close());
    for (const path of ['/users/1', '/users/2', '/v1/fail/3', '/secret/4']) {
      await (await fetch(url + path)).text();
    }
    await expect
      .poll(() => seen(metrics))
      .toEqual([
        ['GET', '/users/:id', '200', 2],
        ['GET', '/v1/fail/:id', '500', 1],
        ['GET', 'unmatched', '404', 1],
      ]);
  });

  it('of Express are too, and what a router is mounted at is shown only when it is known to hold no ids', async () => {
    const metrics = createHttpMetrics({ mountPaths: ['/api'] });
    const app = express();
    app.use(metrics.middleware);
    app.get('/users/:id', (_req, res) => void res.send('ok'));
    const router = express.Router();
    router.get('/items/:item', (_req, res) => void res.status(201).send('ok'));
    app.use('/api', router);
    app.use('/tenants/:tenant', router);
    const url = await listen(app);
    for (const path of ['/users/1', '/api/items/2', '/tenants/acme/items/3', '/secret/4']) {
      await (await fetch(url + path)).text();
    }
    await expect
      .poll(() => seen(metrics))
      .toEqual([
        ['GET', '/users/:id', '200', 1],
        ['GET', '/api/items/:item', '201', 1],
        ['GET', '*/items/:item', '201', 1],
        ['GET', 'unmatched', '404', 1],
      ]);
  });

  it('are counted once and are no longer active when the client leaves, with status 499', async () => {
    const metrics = createHttpMetrics({
      routeOf: () => {
        throw new Error('route');
      },
    });
    const url = await listen((req, res) => metrics.middleware(req, res, () => {}));
    const active = async () =>
      parseExposition(await metrics.registry.metrics()).samples.find(
        ({ name }) => name === 'http_server_active_requests',
      )?.value;
    const req = send(url, { method: 'PURGE' });
    req.on('error', () => {});
    req.end();
    await expect.poll(active).toBe(1);
    req.destroy();
    await expect.poll(() => seen(metrics)).toEqual([['_OTHER', 'unmatched', '499', 1]]);
    expect(await active()).toBe(0);
  });
});

describe('configuration', () => {
  it.each([
    ['mountPaths', { mountPaths: '/api' }],
    ['routeOf', { routeOf: '/x' }],
    ['http_server_request_duration_seconds.buckets', { buckets: [] }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => createHttpMetrics(options as never)).toThrow(MetricsConfigurationError);
    expect(() => createHttpMetrics(options as never)).toThrow(`${option} must be`);
  });
});
