import { once } from 'node:events';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { getCorrelationId, traceFunction } from '../../src/index.js';
import { setupTracing, type SetupTracingOptions, type Tracing } from '../../src/node.js';
import { traceTree } from '../../src/testing.js';
import { eventually } from '../eventually.js';

let tracing: Tracing;
let memory: InMemorySpanExporter;
let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await tracing.shutdown();
});

function setUp(options: SetupTracingOptions = {}): void {
  memory = new InMemorySpanExporter();
  tracing = setupTracing({
    serviceName: 's',
    instrumentations: ['http', 'fastify'],
    exporter: memory,
    ...options,
  });
}
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function spans(count: number): Promise<ReadableSpan[]> {
  await eventually(() => tracing.stats().queued + tracing.stats().exported >= count, 'the spans');
  await tracing.forceFlush();
  expect(memory.getFinishedSpans()).toHaveLength(count);
  return memory.getFinishedSpans();
}
/** A request without instrumentation of its own, so that the server's spans are the only ones. */
async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(url, { headers, method });
  return { response, text: await response.text() };
}

describe('a plain server', () => {
  it('gets one span a request, by the stable conventions', async () => {
    setUp();
    const url = await serve((_req, res) => res.end(getCorrelationId()));
    const { response, text } = await ask(`${url}/map/7?q=secret`, {
      'x-correlation-id': 'order-7',
      'user-agent': 'test',
    });
    expect([text, response.headers.get('x-correlation-id')]).toEqual(['order-7', 'order-7']);
    const [span] = await spans(1);
    expect(span?.name).toBe('GET');
    expect(span?.kind).toBe(SpanKind.SERVER);
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'url.path': '/map/7',
      'server.address': '127.0.0.1',
      'server.port': Number(url.split(':')[2]),
      'user_agent.original': 'test',
      'client.address': '127.0.0.1',
      'http.response.status_code': 200,
      correlation_id: 'order-7',
    });
  });

  it('a failure is an error, what the client got wrong is none', async () => {
    setUp();
    const url = await serve((req, res) => {
      res.statusCode = Number(req.url?.slice(1));
      res.end();
    });
    await ask(`${url}/404`);
    await ask(`${url}/503`);
    const [notFound, failed] = await spans(2);
    expect(notFound?.status.code).toBe(SpanStatusCode.UNSET);
    expect(notFound?.attributes).not.toHaveProperty('error.type');
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(failed?.attributes['error.type']).toBe('503');
  });

  it('a client that leaves ends the span', async () => {
    setUp();
    const url = await serve((_req, res) => res.write('the first part'));
    const req = request(url).end();
    await once(req, 'response');
    req.destroy();
    req.on('error', () => undefined);
    const [span] = await spans(1);
    expect(span?.attributes['error.type']).toBe('aborted');
  });

  it('methods that nobody knows do not become names', async () => {
    setUp();
    const url = await serve((_req, res) => res.end());
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1').resume();
    socket.end('PROPFIND /a HTTP/1.1\r\nHost: [::1]:99\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    const [span] = await spans(1);
    expect(span?.name).toBe('HTTP');
    expect(span?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
      'server.address': '::1',
      'server.port': 99,
    });
  });

  it('paths that are ignored get no span, nor do spans below them, but an id', async () => {
    setUp({ ignoreIncomingPaths: ['/health'] });
    const url = await serve((_req, res) => {
      traceFunction('below')(() => res.end(getCorrelationId()))();
    });
    expect((await ask(`${url}/health?deep`, { 'x-correlation-id': 'a' })).text).toBe('a');
    await ask(`${url}/healthy`);
    await spans(2);
    expect(traceTree(memory.getFinishedSpans())).toBe('GET\n  below');
  });

  it('what comes of the body stays under the span, and under the id', async () => {
    setUp();
    const url = await serve((req, res) => {
      req.resume().on('end', () => {
        traceFunction('parsed')(() => res.end(getCorrelationId()))();
      });
    });
    const response = await fetch(url, {
      method: 'POST',
      body: 'x'.repeat(200_000),
      headers: { 'x-correlation-id': 'order-7' },
    });
    expect(await response.text()).toBe('order-7');
    await spans(2);
    expect(traceTree(memory.getFinishedSpans())).toBe('POST\n  parsed');
  });
});

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the headers of a client', () => {
  it('make its trace go on', async () => {
    setUp();
    const url = await serve((_req, res) => res.end());
    await ask(url, { traceparent: parent, tracestate: 'a=1' });
    const [span] = await spans(1);
    expect(span?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span?.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
  });

  it('are not believed at a public edge', async () => {
    setUp({ correlation: { trustIncoming: false } });
    const url = await serve((_req, res) => res.end());
    const sent = { traceparent: parent, 'x-correlation-id': 'order-7' };
    const { response } = await ask(url, sent);
    expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    const [span] = await spans(1);
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.spanContext().traceId).not.toBe('0af7651916cd43dd8448eb211c80319c');
  });
});

describe('a Fastify application that nobody named', () => {
  it('gets one span a request, with its route, and no span of Fastify', async () => {
    setUp();
    const app = Fastify();
    app.addHook('onRequest', async () => undefined);
    app.post('/map/:id', () => ({
      id: getCorrelationId(),
      inside: trace.getActiveSpan() !== undefined,
    }));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${url}/map/7`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'order-7' },
    });
    expect(await response.json()).toEqual({ id: 'order-7', inside: true });
    expect(response.headers.get('x-correlation-id')).toBe('order-7');
    const [span] = await spans(1);
    expect(span?.name).toBe('POST /map/:id');
    expect(span?.attributes).toMatchObject({ 'http.route': '/map/:id', correlation_id: 'order-7' });
    await app.close();
  });

  it('gets spans of hooks and handlers for the asking', async () => {
    setUp({ frameworkSpans: true });
    const app = Fastify();
    app.get('/', () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await ask(url);
    await eventually(() => tracing.stats().queued >= 3, 'the spans');
    await tracing.forceFlush();
    expect(traceTree(memory.getFinishedSpans())).toMatch(/^GET \/\n {2}request\n {4}.*handler/);
    await app.close();
  });

  it('without correlation it has its route all the same', async () => {
    setUp({ correlation: false });
    const app = Fastify();
    app.get('/a/:b', () => String(getCorrelationId()));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const { response, text } = await ask(`${url}/a/1`, { 'x-correlation-id': 'order-7' });
    expect([text, response.headers.get('x-correlation-id')]).toEqual(['undefined', null]);
    expect((await spans(1))[0]?.name).toBe('GET /a/:b');
    await app.close();
  });
});

it('after the shutdown servers are as they were', async () => {
  const before = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(createServer()), 'emit');
  setUp();
  const url = await serve((_req, res) => res.end(String(getCorrelationId())));
  await tracing.shutdown();
  const { response, text } = await ask(url, { 'x-correlation-id': 'a' });
  expect([text, response.headers.get('x-correlation-id')]).toEqual(['undefined', null]);
  const after = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(createServer()), 'emit');
  expect(after).toEqual(before);
});
