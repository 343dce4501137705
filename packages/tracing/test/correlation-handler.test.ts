import { SpanKind } from '@opentelemetry/api';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  correlationHandler,
  getCorrelationId,
  TracingConfigError,
  traceFunction,
} from '../src/index.js';
import { recordSpans, type MemorySpans } from '../src/testing.js';

let memory: MemorySpans;
beforeAll(() => {
  memory = recordSpans();
});
beforeEach(() => memory.reset());
afterAll(() => memory.stop());

const url = 'https://api.example.com/map/7?q=secret';
const sent = (headers: Record<string, string>): Request => new Request(url, { headers });
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a fetch-style handler', () => {
  it('runs under the id of its request and answers with it', async () => {
    const handler = correlationHandler(async () => {
      await Promise.resolve();
      return Response.json(getCorrelationId());
    });
    const response = await handler(sent({ 'x-correlation-id': 'order-7' }));
    expect(response.headers.get('x-correlation-id')).toBe('order-7');
    expect(await response.json()).toBe('order-7');
  });

  it('makes the server span, under that of the client, with the route and the conventions', async () => {
    const work = traceFunction('work')(() => 'ok');
    const handler = correlationHandler(() => new Response(work()), { route: '/map/:id' });
    await handler(sent({ traceparent: parent, 'x-request-id': 'order-7' }));
    expect(memory.tree()).toBe('… GET /map/:id\n  work');
    const span = memory.one('GET /map/:id');
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(span.attributes).toEqual({
      'http.request.method': 'GET',
      'url.scheme': 'https',
      'url.path': '/map/7',
      'server.address': 'api.example.com',
      'server.port': 443,
      'http.route': '/map/:id',
      'http.response.status_code': 200,
      correlation_id: 'order-7',
    });
  });

  it('at a public edge neither id nor trace of the client is taken', async () => {
    const asked: string[] = [];
    const handler = correlationHandler(() => new Response(), {
      trustIncoming: (request) => {
        asked.push(request.url);
        return false;
      },
    });
    const response = await handler(sent({ traceparent: parent, 'x-correlation-id': 'order-7' }));
    expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(memory.one('GET').parentSpanContext).toBeUndefined();
    expect(asked).toContain(url);
  });

  it('makes no second span under one that is there', async () => {
    const handler = correlationHandler(() => new Response());
    await traceFunction('of the platform')(() =>
      handler(sent({ traceparent: parent, 'x-correlation-id': 'order-7' })),
    )();
    expect(memory.tree({ attributes: ['correlation_id'] })).toBe(
      'of the platform [correlation_id="order-7"]',
    );
  });

  it('an error reaches the caller as it is, and ends the span', async () => {
    const failure = new RangeError('no');
    const handler = correlationHandler(() => Promise.reject(failure));
    await expect(handler(sent({}))).rejects.toBe(failure);
    expect(memory.tree({ attributes: ['error.type'] })).toBe('GET [error.type="RangeError"] !');
  });

  it.each([
    ['a redirect', () => Response.redirect('https://example.com/', 302)],
    ['the answer to a fetch', () => fetch('data:text/plain,hello')],
  ])('%s, whose headers cannot be changed, gets the id all the same', async (_, answer) => {
    const response = await correlationHandler(answer as () => Response)(
      sent({ 'x-correlation-id': 'order-7' }),
    );
    expect(response.headers.get('x-correlation-id')).toBe('order-7');
  });

  it.each(['read to its end', 'left', 'failing'])(
    'the span of a stream of events lasts until it is done: %s',
    async (way) => {
      let count = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (way === 'failing' && count === 2) throw new TypeError('torn');
          if (count === 3) controller.close();
          else controller.enqueue(new TextEncoder().encode(`data: ${count++}\n\n`));
        },
      });
      const handler = correlationHandler(
        () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } }),
      );
      const response = await handler(sent({}));
      const reader = response.body!.getReader();
      await reader.read();
      expect(memory.open).toEqual(['GET']);
      if (way === 'left') await reader.cancel();
      else {
        const rest = (async () => {
          while (!(await reader.read()).done);
        })();
        if (way === 'failing') await expect(rest).rejects.toThrow('torn');
        else await rest;
      }
      expect(memory.tree()).toBe(way === 'failing' ? 'GET !' : 'GET');
      expect(memory.open).toEqual([]);
    },
  );
});

it('wraps a Hono application', async () => {
  const app = new Hono();
  app.get('/map/:id', (c) => c.json({ id: c.req.param('id'), correlationId: getCorrelationId() }));
  const handler = correlationHandler(app.fetch, { route: () => '/map/:id' });
  const response = await handler(sent({ 'x-correlation-id': 'order-7' }));
  expect(await response.json()).toEqual({ id: '7', correlationId: 'order-7' });
  expect(memory.tree()).toBe('GET /map/:id');
});

it('refuses bad options by name', () => {
  expect(() => correlationHandler(7 as never)).toThrow(TracingConfigError);
  expect(() => correlationHandler(() => new Response(), { span: 'no' as never })).toThrow('span');
  expect(() => correlationHandler(() => new Response(), { headerName: '' })).toThrow('headerName');
});
