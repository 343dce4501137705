import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { describe, expect, it } from 'vitest';
import { llmContext } from '../../src/context.js';
import {
  createLogger,
  LoggingConfigError,
  requestLogHandler,
  setRequestRoute,
  type RequestLogHandlerOptions,
} from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';

type Handler = (request: Request) => Response | Promise<Response>;

function setUp(handler: Handler, options: RequestLogHandlerOptions = {}) {
  const logs = captureLogs();
  const logger = createLogger({ destination: logs.destination, level: 'debug' });
  return { logs, handle: requestLogHandler(handler, { logger, ...options }) };
}

const url = 'http://localhost/users/secret-1?token=secret-2';
const ok: Handler = () => new Response('ok');

function events(chunks: readonly string[], failure?: Error): Response {
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = left.shift();
        if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
        else if (failure === undefined) controller.close();
        else controller.error(failure);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

describe('requests of a fetch-style handler', () => {
  it('have one line each with the route’s pattern, the status and the duration, and no path', async () => {
    const { logs, handle } = setUp(ok, { route: '/users/:id' });
    const response = await handle(new Request(url, { method: 'POST' }));
    expect(await response.text()).toBe('ok');
    await logs.waitFor({ status: 200 });
    expect(logs.lines).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'POST /users/:id 200',
        method: 'POST',
        route: '/users/:id',
        status: 200,
        duration_ms: expect.any(Number) as number,
      }),
    ]);
    expect(JSON.stringify(logs.lines)).not.toContain('secret');
    expect(handle.stats()).toEqual({ logged: 1, sampledOut: 0, failed: 0 });
  });

  it('have a route that is a function of the request, and are unmatched without one', async () => {
    const { logs, handle } = setUp(ok, {
      route: ({ method }) => (method === 'GET' ? '/by-function' : undefined),
    });
    await handle(new Request(url));
    await handle(new Request(url, { method: 'PUT' }));
    await logs.waitFor({ method: 'PUT' });
    expect(logs.lines.map(({ route }) => route)).toEqual(['/by-function', 'unmatched']);
  });

  it('have the level of their status', async () => {
    const { logs, handle } = setUp(
      ({ url }) => new Response(null, { status: Number(url.slice(-3)) }),
    );
    for (const status of [204, 404, 503]) await handle(new Request(`http://localhost/${status}`));
    await logs.waitFor({ status: 503 });
    expect(logs.lines.map(({ level, status }) => [level, status])).toEqual([
      ['info', 204],
      ['warn', 404],
      ['error', 503],
    ]);
  });

  it('carry the ids of the context that they came in, at the end of their stream too', async () => {
    const { logs, handle } = setUp(() => events(['a', 'b']));
    const context = { correlationId: 'order-7', tenantId: 'acme' };
    const response = await llmContext.run(context, () => handle(new Request(url)));
    expect(await response.text()).toBe('ab');
    await logs.waitFor({ correlation_id: 'order-7', tenant_id: 'acme', status: 200 });
  });

  it('keep arguments, receiver and answer of the handler', async () => {
    const answer = new Response('ok');
    const logger = createLogger({ destination: captureLogs().destination });
    const handle = requestLogHandler(
      function (this: unknown, _request: Request, env: object) {
        expect([this, env]).toEqual([receiver, { key: 'k' }]);
        return answer;
      },
      { logger },
    );
    const receiver = { handle };
    expect(await receiver.handle(new Request(url), { key: 'k' })).toBe(answer);
  });

  it('that pass two handlers have one line', async () => {
    const logs = captureLogs();
    const logger = createLogger({ destination: logs.destination });
    const inner = requestLogHandler(ok, { logger, route: '/inner' });
    const outer = requestLogHandler(inner, { logger, route: '/outer' });
    await outer(new Request(url));
    await logs.waitFor({ status: 200 });
    expect(logs.lines.map(({ route }) => route)).toEqual(['/outer']);
  });
});

describe('a handler that throws', () => {
  it('has a line of status 500 with its error, which goes on', async () => {
    const { logs, handle } = setUp(() => Promise.reject(new TypeError('broken')));
    await expect(handle(new Request(url))).rejects.toThrow('broken');
    const line = await logs.waitFor({ status: 500 });
    expect(line).toMatchObject({ level: 'error', error_type: 'TypeError' });
    expect(line).not.toHaveProperty('aborted');
  });

  it('since its client has left has a line of status 499', async () => {
    const leaving = new AbortController();
    const { logs, handle } = setUp(({ signal }) => sleep(60_000, new Response(), { signal }));
    const answered = handle(new Request(url, { signal: leaving.signal }));
    leaving.abort();
    await expect(answered).rejects.toThrow('aborted');
    await logs.waitFor({ status: 499, aborted: true });
  });
});

describe('a stream of events', () => {
  it('is over when it has been read', async () => {
    const { logs, handle } = setUp(() => events(['a', 'b']));
    const response = await handle(new Request(url));
    expect(logs.lines).toEqual([]);
    expect(await response.text()).toBe('ab');
    const line = await logs.waitFor({ status: 200 });
    expect(line).not.toHaveProperty('aborted');
  });

  it('that is left early is aborted, and its source is told', async () => {
    let cancelled: unknown;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: (reason) => void (cancelled = reason),
    });
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
    const { logs, handle } = setUp(() => new Response(body, { headers }));
    const response = await handle(new Request(url));
    await response.body?.cancel('enough');
    expect(cancelled).toBe('enough');
    await logs.waitFor({ status: 200, aborted: true });
  });

  it('that fails is aborted, with the error, which its reader gets', async () => {
    const { logs, handle } = setUp(() => events(['a'], new RangeError('cut off')));
    const response = await handle(new Request(url));
    await expect(response.text()).rejects.toThrow('cut off');
    await logs.waitFor({ status: 200, aborted: true, error_type: 'RangeError' });
  });
});

describe('setRequestRoute', () => {
  it('names the routes of Hono’s requests, and leaves those that no route took unmatched', async () => {
    const app = new Hono();
    app.use(async (c, next) => {
      await next();
      if (c.res.status !== 404) setRequestRoute(routePath(c, -1));
    });
    app.get('/users/:id', (c) => c.text(c.req.param('id')));
    app.post('/throws', () => {
      throw new Error('broken');
    });
    app.onError((_error, c) => c.text('sorry', 500));
    const { logs, handle } = setUp((request) => app.fetch(request));
    await handle(new Request(url));
    await handle(new Request('http://localhost/throws', { method: 'POST' }));
    await handle(new Request('http://localhost/secret-3'));
    await logs.waitFor({ status: 404 });
    expect(logs.lines.map(({ message }) => message)).toEqual([
      'GET /users/:id 200',
      'POST /throws 500',
      'GET unmatched 404',
    ]);
  });

  it('keeps requests at a time apart, and does nothing outside of one', async () => {
    const { logs, handle } = setUp(async ({ url }) => {
      await sleep(Math.random() * 5);
      setRequestRoute(new URL(url).pathname);
      return new Response();
    });
    setRequestRoute('/nobody');
    const paths = Array.from({ length: 20 }, (_, n) => `/${n}`);
    await Promise.all(paths.map((path) => handle(new Request(`http://localhost${path}`))));
    await logs.waitFor({ route: '/19' });
    expect(logs.lines.map(({ route }) => route).sort()).toEqual([...paths].sort());
  });
});

describe('options of requestLogHandler', () => {
  it('sample the lines of a route, or of a path that they name, but for those that failed', async () => {
    const { logs, handle } = setUp(
      ({ method }) => new Response(null, { status: method === 'GET' ? 200 : 500 }),
      { sample: { '/health': 0 } },
    );
    await handle(new Request('http://localhost/health?probe=1'));
    await handle(new Request('http://localhost/health', { method: 'POST' }));
    await logs.waitFor({ status: 500, route: '/health' });
    expect(handle.stats()).toEqual({ logged: 1, sampledOut: 1, failed: 0 });
  });

  it('add fields, and what throws among them is counted and left out', async () => {
    const fields = ({ method }: Request, response: Response | undefined) => {
      if (method === 'PUT') throw new Error('no fields');
      return { answered: response?.status };
    };
    const { logs, handle } = setUp(ok, { fields });
    await handle(new Request(url));
    await handle(new Request(url, { method: 'PUT' }));
    await logs.waitFor({ answered: 200 });
    await logs.waitFor({ method: 'PUT' });
    expect(handle.stats()).toEqual({ logged: 2, sampledOut: 0, failed: 1 });
  });

  it('that cannot be used are named with their value', () => {
    const wrong = (options: object) => () => requestLogHandler(ok, options);
    expect(() => requestLogHandler('ask' as never)).toThrow('"ask"');
    expect(wrong({ routeOf: () => '/' })).toThrow('routeOf');
    expect(wrong({ route: 7 })).toThrow('7');
    expect(wrong({ level: 'info' })).toThrow('"info"');
    expect(wrong({ sample: { '/health': 2 } })).toThrow('2');
    expect(wrong({ logger: {} })).toThrow(LoggingConfigError);
  });
});
