/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:http2';
import { connect as connectSession } from 'node:http2';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import express, { type ErrorRequestHandler } from 'express';
import winston from 'winston';
import { describe, expect, it, onTestFinished } from 'vitest';
import { llmContext } from '../../src/context.js';
import { LoggingConfigError, createLogger, requestLogger } from '../../src/index.js';
import type { RequestLogOptions } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';
import { leaveAfterHead, listen, openConnection } from '../http-server.js';

function setUp(options: RequestLogOptions = {}) {
  const logs = captureLogs();
  const logger = createLogger({ destination: logs.destination, level: 'debug' });
  return { logs, logger, requests: requestLogger({ logger, ...options }) };
}

const head = { method: 'GET', bytes_sent: expect.any(Number) as number };

describe('requests of Express', () => {
  it('have one line each with the route’s pattern, and neither their path nor their query', async () => {
    const { logs, requests } = setUp({ mountPaths: ['/api'] });
    const app = express();
    app.use(requests);
    app.get('/users/:id', (_req, res) => void res.send('ok'));
    const router = express.Router();
    router.post('/items/:item', (_req, res) => void res.status(201).json({}));
    app.use('/api', router);
    app.use('/tenants/:tenant', router);
    const url = await listen(app);
    await fetch(`${url}/users/secret-1?token=secret-2`);
    await fetch(`${url}/api/items/secret-3`, { method: 'POST' });
    await fetch(`${url}/tenants/secret-4/items/secret-5`, { method: 'POST' });
    await fetch(`${url}/secret-6`);
    await logs.waitFor({ status: 404 });
    expect(logs.lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'GET /users/:id 200'],
      ['info', 'POST /api/items/:item 201'],
      ['info', 'POST */items/:item 201'],
      ['warn', 'GET unmatched 404'],
    ]);
    expect(logs.lines[0]).toMatchObject({ ...head, route: '/users/:id', status: 200 });
    const millis = logs.lines[0]!['duration_ms'] as number;
    expect(millis).toBeGreaterThan(0);
    expect(Number.isInteger(millis * 1000)).toBe(true);
    expect(JSON.stringify(logs.lines)).not.toContain('secret');
    expect(Object.keys(logs.lines[0]!)).toEqual(
      ['timestamp', 'level', 'logger', 'message'].concat([
        'method',
        'route',
        'status',
        'duration_ms',
        'bytes_sent',
      ]),
    );
    expect(requests.stats()).toEqual({ logged: 4, sampledOut: 0, failed: 0 });
  });

  it('that fail have the error, thrown at once or later, and its class where the client is to blame', async () => {
    const { logs, requests } = setUp();
    const app = express();
    app.use(requests);
    app.get('/sync', () => {
      throw new TypeError('for bob@example.com');
    });
    app.get('/async', async () => {
      await sleep(1);
      throw Object.assign(new RangeError('late'), { status: 400 });
    });
    app.get('/text', () => {
      throw 'a text';
    });
    app.use(requests.onError);
    const answer: ErrorRequestHandler = (error, _req, res, next) => {
      if (res.headersSent) next(error);
      else res.status((error as { status?: number }).status ?? 500).send('failed');
    };
    app.use(answer);
    const url = await listen(app);
    for (const path of ['/sync', '/async', '/text']) await fetch(url + path);
    const failed = await logs.waitFor({ route: '/sync' });
    expect(failed).toMatchObject({
      level: 'error',
      status: 500,
      error_type: 'TypeError',
      error: { type: 'TypeError', message: 'for [email]' },
    });
    const late = await logs.waitFor({ route: '/async' });
    expect(late).toMatchObject({ level: 'warn', status: 400, error_type: 'RangeError' });
    expect(late).not.toHaveProperty('error');
    expect(await logs.waitFor({ route: '/text' })).toMatchObject({
      level: 'error',
      error_type: 'string',
      error: 'a text',
    });
    expect(logs.lines).toHaveLength(3);
  });

  it('have one line, however often the middleware is passed', async () => {
    const { logs, logger, requests } = setUp();
    const app = express();
    app.use(requests, requests, requestLogger({ logger }));
    app.get('/', requests, (_req, res) => void res.send('ok'));
    const url = await listen(app);
    await fetch(url);
    await fetch(url);
    await logs.waitFor(() => logs.lines.length === 2);
    await sleep(10);
    expect(logs.lines).toHaveLength(2);
  });
});

describe('requests of node:http', () => {
  it('that are not answered are marked once when the client leaves, with status 499', async () => {
    const { logs, requests } = setUp();
    const arrived = new PassThrough();
    const url = await listen((req, res) => requests(req, res, () => void arrived.write('x')));
    const sent = request(`${url}/secret`);
    sent.on('error', () => {});
    sent.end();
    await once(arrived, 'data');
    expect(logs.lines).toEqual([]);
    sent.destroy();
    expect(await logs.waitFor({ aborted: true })).toMatchObject({
      level: 'warn',
      message: 'GET unmatched 499 aborted',
      status: 499,
      bytes_sent: 0,
    });
    await sleep(20);
    expect(logs.lines).toHaveLength(1);
  });

  it('that stream have their whole duration and size; left early they are marked', async () => {
    const { logs, requests } = setUp();
    const url = await listen((req, res) =>
      requests(req, res, () => {
        res.write('a'.repeat(1000));
        if (req.url === '/all') setTimeout(() => res.end('b'.repeat(1000)), 50);
      }),
    );
    expect(await (await fetch(`${url}/all`)).text()).toHaveLength(2000);
    const whole = await logs.waitFor({ status: 200 });
    expect(whole).not.toHaveProperty('aborted');
    expect(whole['duration_ms']).toBeGreaterThanOrEqual(49);
    expect(whole['bytes_sent']).toBeGreaterThan(2000);
    logs.clear();
    await leaveAfterHead(url);
    expect(await logs.waitFor({ aborted: true })).toMatchObject({ level: 'info', status: 200 });
  });

  it('that end with an error of their response have that error', async () => {
    const { logs, requests } = setUp();
    const url = await listen((req, res) =>
      requests(req, res, () => {
        res.write('part', () => res.destroy(new SyntaxError('in the middle')));
      }),
    );
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    expect(await logs.waitFor({ aborted: true })).toMatchObject({
      error_type: 'SyntaxError',
      error: { message: 'in the middle' },
    });
  });

  it('whose handler throws at once keep that error, which goes on to whoever called', async () => {
    const { logs, requests } = setUp();
    const url = await listen((req, res) => {
      try {
        requests(req, res, () => {
          throw new EvalError('at once');
        });
      } catch (error) {
        res.writeHead(500).end(String(error));
      }
    });
    expect(await (await fetch(url)).text()).toBe('EvalError: at once');
    expect(await logs.waitFor({ status: 500 })).toMatchObject({ error_type: 'EvalError' });
  });

  it('have exactly the bytes that the client received, on a kept connection, pipelined, and for HEAD', async () => {
    const { logs, requests } = setUp({ routeOf: (req) => req.url });
    const url = await listen((req, res) =>
      requests(req, res, () => {
        const length = Number(req.url?.slice(1));
        res.sendDate = false;
        // The later of the pipelined ones are ready first, and wait.
        setTimeout(() => res.end('x'.repeat(length)), length === 1 ? 30 : 0);
      }),
    );
    const { socket, text, until } = await openConnection(url);
    const heads = [1, 20, 300, 4000].map((n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n\r\n`);
    socket.write(heads.join(''));
    await until((all) => all.endsWith('x'.repeat(4000)));
    const boundaries = text().split(/(?=HTTP\/1\.1 )/);
    await logs.waitFor({ route: '/4000' });
    expect(logs.lines.map((line) => [line['route'], line['bytes_sent']])).toEqual(
      [1, 20, 300, 4000].map((n, index) => [`/${n}`, boundaries[index]!.length]),
    );
    logs.clear();
    const before = text().length;
    socket.write('HEAD /5000 HTTP/1.1\r\nHost: a\r\n\r\n');
    await until((all) => all.slice(before).endsWith('\r\n\r\n'));
    expect(await logs.waitFor({ route: '/5000' })).toMatchObject({
      message: 'HEAD /5000 200',
      bytes_sent: text().length - before,
    });
  });

  it('of HTTP/2 have a line without bytes', async () => {
    const { logs, requests } = setUp();
    const server = createSecureServer((req, res) =>
      requests(req as unknown as IncomingMessage, res as unknown as ServerResponse, () => {
        res.end('ok');
      }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connectSession(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => {
      session.destroy();
      server.close();
    });
    const stream = session.request({ ':path': '/secret' });
    stream.resume();
    await once(stream, 'close');
    const line = await logs.waitFor({ status: 200 });
    expect(line).toMatchObject({ message: 'GET unmatched 200' });
    expect(line).not.toHaveProperty('bytes_sent');
    expect(line).not.toHaveProperty('aborted');
  });
});

describe('the ids of a request', () => {
  const provider = new NodeTracerProvider();
  provider.register();
  const tracer = provider.getTracer('test');
  onTestFinishedOnce(() => {
    trace.disable();
    context.disable();
  });

  it('are those of the context that the middleware stands in, and the tenant that came later', async () => {
    const { logs, requests } = setUp();
    let traceId = '';
    const app = express();
    app.use((_req, _res, next) =>
      tracer.startActiveSpan('server', (span) => {
        ({ traceId } = span.spanContext());
        llmContext.run({ correlationId: 'c-1' }, next);
      }),
    );
    app.use(requests);
    app.get('/', (_req, res) => {
      llmContext.run({ ...llmContext.getStore(), tenantId: 'acme' }, () =>
        setTimeout(() => res.send('ok'), 5),
      );
    });
    await fetch(await listen(app));
    expect(await logs.waitFor({ status: 200 })).toMatchObject({
      correlation_id: 'c-1',
      tenant_id: 'acme',
      trace_id: traceId,
    });
  });

  it('come from behind it too, where its events are bound to its context', async () => {
    const { logs, requests } = setUp();
    const app = express();
    app.use(requests);
    app.use((_req, res, next) => {
      llmContext.run({ correlationId: 'c-2' }, () => {
        res.emit = AsyncLocalStorage.bind(res.emit.bind(res));
        next();
      });
    });
    app.get('/', (_req, res) => void res.send('ok'));
    await fetch(await listen(app));
    expect(await logs.waitFor({ status: 200 })).toMatchObject({ correlation_id: 'c-2' });
  });

  it('are not those of the request before it on the same connection', async () => {
    const { logs, requests } = setUp({ routeOf: (req) => req.url });
    const url = await listen((req, res) => {
      const handle = (): void =>
        requests(req, res, () => void setTimeout(() => res.end(), req.url === '/1' ? 20 : 0));
      if (req.url === '/3') handle();
      else llmContext.run({ correlationId: req.url ?? '', tenantId: req.url ?? '' }, handle);
    });
    const { socket } = await openConnection(url);
    socket.write([1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    await logs.waitFor({ route: '/3' });
    expect(logs.lines.map((line) => line['correlation_id'])).toEqual(['/1', '/2', undefined]);
    expect(logs.lines.map((line) => line['tenant_id'])).toEqual(['/1', '/2', undefined]);
  });
});

describe('options', () => {
  it('sample noisy routes evenly, but never what failed', async () => {
    const { logs, requests } = setUp({ sample: { '/health': 0.1, '/never': 0 } });
    let fail = false;
    const url = await listen((req, res) =>
      requests(req, res, () => void res.writeHead(fail ? 503 : 200).end()),
    );
    for (let i = 0; i < 30; i++) await (await fetch(`${url}/health?probe=${i}`)).text();
    for (let i = 0; i < 3; i++) await (await fetch(`${url}/never`)).text();
    await (await fetch(`${url}/other`)).text();
    await logs.waitFor({ route: 'unmatched' });
    expect(logs.filter({ route: '/health', sample_rate: 0.1 })).toHaveLength(3);
    expect(logs.filter({ route: '/never' })).toHaveLength(0);
    expect(logs.find({ route: 'unmatched' })).not.toHaveProperty('sample_rate');
    expect(requests.stats()).toMatchObject({ logged: 4, sampledOut: 30 });
    fail = true;
    await (await fetch(`${url}/never`)).text();
    const failed = await logs.waitFor({ route: '/never', status: 503 });
    expect(failed).not.toHaveProperty('sample_rate');
  });

  it('choose the level and add fields', async () => {
    const { logs, requests } = setUp({
      level: ({ status, aborted }) =>
        aborted === true ? 'error' : status < 300 ? 'debug' : 'warn',
      fields: (req, res) => ({ agent: req.headers['user-agent'], type: res.getHeader('x-type') }),
    });
    const url = await listen((req, res) =>
      requests(req, res, () => void res.setHeader('x-type', 't').end()),
    );
    await fetch(url, { headers: { 'user-agent': 'me' } });
    expect(await logs.waitFor({ status: 200 })).toMatchObject({
      level: 'debug',
      agent: 'me',
      type: 't',
    });
  });

  it('that throw cost their part of the line only, and are counted', async () => {
    const boom = (): never => {
      throw new Error('boom');
    };
    const { logs, requests } = setUp({ level: boom, fields: boom, routeOf: boom });
    await fetch(await listen((req, res) => requests(req, res, () => void res.end())));
    expect(await logs.waitFor({ status: 200 })).toMatchObject({ level: 'info' });
    expect(requests.stats()).toEqual({ logged: 1, sampledOut: 0, failed: 3 });
    const broken = requestLogger({ logger: { log: boom } });
    const url = await listen((req, res) => broken(req, res, () => void res.end()));
    expect((await fetch(url)).status).toBe(200);
    await expect.poll(() => broken.stats()).toEqual({ logged: 0, sampledOut: 0, failed: 1 });
  });

  it('take any winston logger, with levels of its own', async () => {
    const logs = captureLogs();
    const logger = winston.createLogger({
      levels: winston.config.syslog.levels,
      transports: [new winston.transports.Stream({ stream: logs.destination })],
    });
    const requests = requestLogger({ logger });
    const url = await listen((req, res) =>
      requests(req, res, () => void res.writeHead(Number(req.url?.slice(1))).end()),
    );
    for (const status of [200, 404, 500]) await (await fetch(`${url}/${status}`)).text();
    await logs.waitFor({ status: 500 });
    expect(logs.lines.map(({ level }) => level)).toEqual(['info', 'warning', 'error']);
  });

  it.each([
    ['logger', { logger: {} }, 'logger must be a winston logger'],
    ['sample', { sample: [] }, 'sample must be an object of routes'],
    ['a share', { sample: { '/a': 2 } }, 'sample["/a"] must be from 0 to 1, but is 2'],
    ['no share', { sample: { '/a': NaN } }, 'sample["/a"] must be from 0 to 1, but is NaN'],
    ['level', { level: 'info' }, 'level must be a function, but is "info"'],
    ['mountPaths', { mountPaths: [1] }, 'mountPaths must be a list of paths'],
    ['an unknown option', { samples: {} }, 'option must be one of logger, sample'],
  ])('are refused at the start: %s', (_case, options, message) => {
    expect(() => requestLogger(options as never)).toThrow(LoggingConfigError);
    expect(() => requestLogger(options as never)).toThrow(message);
  });
});

function onTestFinishedOnce(undo: () => void): void {
  // A provider is the process's; vitest gives each file a process of its own.
  process.once('exit', undo);
}
