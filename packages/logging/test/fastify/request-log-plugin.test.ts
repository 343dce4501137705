import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { LogController } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { llmContext } from '../../src/context.js';
import { requestLogPlugin, type RequestLogOptions } from '../../src/fastify.js';
import { LoggingConfigError, createLogger } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';
import { leaveAfterHead, openConnection } from '../http-server.js';

async function setUp(options: RequestLogOptions = {}) {
  const logs = captureLogs();
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(requestLogPlugin, {
    logger: createLogger({ destination: logs.destination }),
    ...options,
  });
  return { app, logs, listen: () => app.listen({ port: 0, host: '127.0.0.1' }) };
}

describe('requests of Fastify', () => {
  it('have one line each with the route’s pattern, prefixes too, and neither path nor query', async () => {
    const { app, logs, listen } = await setUp({ sample: { '/health': 0 } });
    app.get('/health', async () => 'ok');
    await app.register(
      async (scope) => {
        scope.get('/users/:id', async () => 'ok');
        scope.post('/items', async (_request, reply) => reply.code(201).send({}));
      },
      { prefix: '/:tenant/v1' },
    );
    const url = await listen();
    await fetch(`${url}/health`);
    await fetch(`${url}/secret-1/v1/users/secret-2?token=secret-3`);
    await fetch(`${url}/secret-1/v1/users/secret-2`, { method: 'HEAD' });
    await fetch(`${url}/secret-1/v1/items`, { method: 'POST' });
    await fetch(`${url}/secret-4`);
    await logs.waitFor({ status: 404 });
    expect(logs.lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'GET /:tenant/v1/users/:id 200'],
      ['info', 'HEAD /:tenant/v1/users/:id 200'],
      ['info', 'POST /:tenant/v1/items 201'],
      ['warn', 'GET unmatched 404'],
    ]);
    expect(JSON.stringify(logs.lines)).not.toContain('secret');
  });

  it('that fail have their error, and its class where the client is to blame', async () => {
    const { app, logs, listen } = await setUp();
    app.get('/fail', async () => {
      await sleep(1);
      throw new TypeError('for bob@example.com');
    });
    app.post(
      '/strict',
      { schema: { body: { type: 'object', required: ['a'] } } },
      async () => 'ok',
    );
    const url = await listen();
    await fetch(`${url}/fail`);
    await fetch(`${url}/strict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await logs.waitFor({ status: 500 })).toMatchObject({
      level: 'error',
      route: '/fail',
      error_type: 'TypeError',
      error: { message: 'for [email]' },
    });
    const refused = await logs.waitFor({ status: 400 });
    expect(refused).toMatchObject({ level: 'warn', error_type: expect.any(String) as string });
    expect(refused).not.toHaveProperty('error');
  });

  it('whose body fails on the way are marked once, with the error that Fastify does not tell', async () => {
    const { app, logs, listen } = await setUp();
    app.get('/', (_request, reply) =>
      reply.send(
        Readable.from(
          (async function* () {
            yield 'part';
            await sleep(10);
            throw new SyntaxError('in the middle');
          })(),
        ),
      ),
    );
    const url = await listen();
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    expect(await logs.waitFor({ aborted: true })).toMatchObject({
      route: '/',
      status: 200,
      error_type: 'SyntaxError',
    });
    await sleep(10);
    expect(logs.lines).toHaveLength(1);
  });

  it('that the client leaves are marked once, streaming or waiting', async () => {
    const { app, logs, listen } = await setUp();
    app.get('/stream', (_request, reply) => {
      const body = new PassThrough();
      body.write('part');
      return reply.send(body);
    });
    const url = await listen();
    await leaveAfterHead(`${url}/stream`);
    expect(await logs.waitFor({ aborted: true })).toMatchObject({ level: 'info', status: 200 });
    await sleep(20);
    expect(logs.lines).toHaveLength(1);
  });

  it('keep their ids apart on one connection, and carry a tenant that a later hook found', async () => {
    const logs = captureLogs();
    const app = Fastify();
    onTestFinished(() => app.close());
    app.addHook('onRequest', (request, _reply, done) => {
      llmContext.run({ correlationId: String(request.headers['x-id']) }, done);
    });
    await app.register(requestLogPlugin, {
      logger: createLogger({ destination: logs.destination }),
    });
    app.addHook('preHandler', (request, _reply, done) => {
      const tenantId = `tenant-${String(request.headers['x-id'])}`;
      llmContext.run({ ...llmContext.getStore(), tenantId }, done);
    });
    app.get('/', async () => 'ok');
    const { socket } = await openConnection(await app.listen({ port: 0, host: '127.0.0.1' }));
    const ids = ['a', 'b', 'c'];
    socket.write(ids.map((id) => `GET / HTTP/1.1\r\nHost: a\r\nX-Id: ${id}\r\n\r\n`).join(''));
    await logs.waitFor({ correlation_id: 'c' });
    expect(logs.lines.map((line) => [line['correlation_id'], line['tenant_id']])).toEqual(
      ids.map((id) => [id, `tenant-${id}`]),
    );
  });

  it('that are injected have a line, without bytes', async () => {
    const { app, logs } = await setUp();
    app.get('/a/:b', async () => 'ok');
    await app.inject('/a/1');
    const line = await logs.waitFor({ route: '/a/:b', status: 200 });
    expect(line).not.toHaveProperty('bytes_sent');
  });
});

it('Fastify’s own lines of a request are off by its own option, and the plugin’s is the only one', async () => {
  const logs = captureLogs();
  const logger = createLogger({ destination: logs.destination });
  const { fastifyLogger } = await import('../../src/fastify.js');
  const app = Fastify({
    loggerInstance: fastifyLogger(logger),
    logController: new LogController({ disableRequestLogging: true }),
  });
  onTestFinished(() => app.close());
  await app.register(requestLogPlugin, { logger });
  app.get('/', async (request) => {
    request.log.info('in the handler');
    return 'ok';
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  logs.clear();
  await fetch(url);
  await fetch(`${url}/none`);
  await logs.waitFor({ status: 404 });
  expect(logs.lines.map(({ message }) => message)).toEqual([
    'in the handler',
    'GET / 200',
    'GET unmatched 404',
  ]);
});

it('a bad option stops the app at its start, by name', async () => {
  const app = Fastify();
  app.register(requestLogPlugin, { sample: { '/': 7 } });
  await expect(app.ready()).rejects.toThrow(LoggingConfigError);
  await expect(app.ready()).rejects.toThrow('sample["/"] must be from 0 to 1, but is 7');
});
