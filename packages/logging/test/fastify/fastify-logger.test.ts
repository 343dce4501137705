/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import Fastify, { type FastifyBaseLogger } from 'fastify';
import winston from 'winston';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { fastifyLogger, type FastifyLogger } from '../../src/fastify.js';
import { LoggingConfigError, createLogger, type LoggingOptions } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';

function setUp(options: LoggingOptions = {}) {
  const logs = captureLogs();
  const logger = createLogger({ destination: logs.destination, ...options });
  return { logs, logger, log: fastifyLogger(logger) };
}

describe('a winston logger as Fastify’s own', () => {
  it('is taken, and writes Fastify’s lines and those of handlers, without path, query, address or secrets', async () => {
    const { logs, log } = setUp();
    const app = Fastify({ loggerInstance: log });
    onTestFinished(() => app.close());
    app.get('/users/:id', async (request) => {
      request.log.warn({ password: 'secret-1', a: 1 }, 'in %s', 'handler');
      throw new TypeError('for bob@example.com');
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    expect(logs.find({ message: /^Server listening at http/ })).toMatchObject({ level: 'info' });
    logs.clear();
    await fetch(`${url}/users/secret-2?token=secret-3`);
    await logs.waitFor({ message: 'request completed' });
    expect(logs.lines).toMatchObject([
      { message: 'incoming request', req: { method: 'GET', route: '/users/:id' } },
      { level: 'warn', message: 'in handler', a: 1, password: '[redacted]' },
      {
        level: 'error',
        message: expect.stringContaining('for ') as string,
        error: { type: 'TypeError', message: 'for [email]' },
        res: { status: 500 },
      },
      { message: 'request completed', res: { status: 500 } },
    ]);
    const ids = logs.lines.map((line) => line['reqId']);
    expect(ids[0]).toBeTypeOf('string');
    expect(new Set(ids).size).toBe(1);
    const text = JSON.stringify(logs.lines);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('127.0.0.1');
  });

  it('has Fastify refuse a route of a level that there is not, when it is added', () => {
    const app = Fastify({ loggerInstance: setUp().log });
    for (const logLevel of ['trace', 'silent', 'verbose']) {
      app.get(`/${logLevel}`, { logLevel: logLevel as 'trace' }, async () => 'ok');
    }
    const route = { logLevel: 'loud' as 'info' };
    expect(() => app.get('/loud', route, async () => 'ok')).toThrow(/loud/);
  });

  it('goes by the levels of routes and takes their serializers', async () => {
    const { logs, log } = setUp();
    const app = Fastify({ loggerInstance: log });
    onTestFinished(() => app.close());
    app.get(
      '/quiet',
      { logLevel: 'warn', logSerializers: { user: (user: { id: number }) => `user ${user.id}` } },
      async (request) => {
        request.log.info('no');
        request.log.warn({ user: { id: 7 } }, 'yes');
        return 'ok';
      },
    );
    await app.inject('/quiet');
    await app.inject('/none');
    expect(logs.lines.map(({ message, user }) => [message, user])).toMatchObject([
      ['yes', 'user 7'],
      ['incoming request', undefined],
      [expect.stringContaining('not found'), undefined],
      ['request completed', undefined],
    ]);
  });
});

describe('fastifyLogger', () => {
  it('takes pino’s calls', () => {
    const { logs, log } = setUp({ level: 'silly' });
    const error = new RangeError('boom');
    log.info('text %s %d', 'a', 1);
    log.info({ a: 1 });
    log.info({ a: 1 }, 'text %s', 'b');
    log.error(error);
    log.error(error, 'with text');
    log.error({ err: error, a: 1 }, 'with fields');
    log.error({ err: error, b: 1 });
    log.warn({ err: 'no error' }, 'kept');
    log.silent('never');
    expect(logs.lines).toMatchObject([
      { level: 'info', message: 'text a 1' },
      { level: 'info', message: '', a: 1 },
      { level: 'info', message: 'text b', a: 1 },
      { level: 'error', message: 'boom', error: { type: 'RangeError' } },
      { level: 'error', message: 'with text', error: { type: 'RangeError' } },
      { level: 'error', message: 'with fields', a: 1, error: { type: 'RangeError' } },
      { level: 'error', message: 'boom', b: 1, error: { type: 'RangeError' } },
      { level: 'warn', message: 'kept', err: 'no error' },
    ]);
  });

  it('survives fields that throw, and fields named like something inherited', () => {
    const { logs, log } = setUp();
    const child = log.child({ constructor: 'c' }, { serializers: { a: () => 1 } });
    child.info({ toString: 'text', a: 2 }, 'text');
    const hostile = new Proxy({}, { ownKeys: () => fail() });
    expect(() => child.info(hostile, 'hostile')).not.toThrow();
    expect(() => child.child(hostile).info('hostile')).not.toThrow();
    expect(logs.lines[0]).toMatchObject({ constructor: 'c', toString: 'text', a: 1 });
    expect(logs.filter({ message: 'hostile' })).toHaveLength(2);
  });

  it.each([
    ['npm', winston.config.npm.levels, ['error', 'error', 'warn', 'info', 'debug', 'silly']],
    [
      'syslog',
      winston.config.syslog.levels,
      ['emerg', 'error', 'warning', 'info', 'debug', 'debug'],
    ],
    [
      'own',
      { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, trace: 5 },
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    ],
    ['few', { loud: 0, low: 1 }, ['low', 'low', 'low', 'low', 'low', 'low']],
  ])('writes fatal to trace at the nearest levels of %s', (_name, levels, expected) => {
    const least = Object.entries(levels).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
    const { logs, log } = setUp({ levels, level: least });
    for (const name of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const)
      log[name]('x');
    expect(logs.lines.map(({ level }) => level)).toEqual(expected);
  });

  it('makes children with bindings, levels and serializers of their own, silent ones too', () => {
    const { logs, log } = setUp();
    const child = log.child({ a: 1, req: { method: 'GET', url: '/secret' } }, { level: 'error' });
    child.warn('no');
    child.fatal('yes');
    child.child({ b: 2 }, { level: 'silent' }).fatal('no');
    // A level that there is not, and Fastify 4's for none.
    for (const level of ['loud', '']) expect(child.child({}, { level }).level).toBe('error');
    const grandchild = child.child(
      { c: 3 },
      {
        level: 'warn',
        serializers: { c: () => 'three', d: (d: number) => d + 1, e: () => fail() },
      },
    );
    grandchild.warn({ d: 4, e: 5 }, 'yes');
    log.info('as before');
    expect(child.level).toBe('error');
    expect(log.level).toBe('info');
    expect(logs.lines).toMatchObject([
      { message: 'yes', a: 1, req: { method: 'GET' } },
      { message: 'yes', a: 1, c: 'three', d: 5, e: '[Throws]' },
      { message: 'as before' },
    ]);
    expect(JSON.stringify(logs.lines)).not.toContain('secret');
  });

  it('changes its level by pino’s names, and says which one it does not know', () => {
    const { logs, log, logger } = setUp();
    log.level = 'fatal';
    expect(logger.level).toBe('error');
    log.level = 'silent';
    log.fatal('no');
    expect(log.level).toBe('silent');
    log.level = 'verbose';
    log.debug('no');
    log.info('yes');
    expect(logs.lines.map(({ message }) => message)).toEqual(['yes']);
    expect(() => (log.level = 'loud')).toThrow(LoggingConfigError);
    expect(() => (log.level = 'loud')).toThrow('level must be one of fatal, error, warn');
  });

  it('takes winston loggers only, those of others too', () => {
    expect(() => fastifyLogger(console as never)).toThrow(LoggingConfigError);
    const logs = captureLogs();
    const log = fastifyLogger(
      winston.createLogger({
        transports: [new winston.transports.Stream({ stream: logs.destination })],
      }),
    );
    log.child({ a: 1 }).warn({ b: 2 }, 'text');
    expect(logs.lines).toMatchObject([{ level: 'warn', message: 'text', a: 1, b: 2 }]);
  });

  it('is what Fastify’s types ask for', () => {
    expectTypeOf<FastifyLogger>().toExtend<FastifyBaseLogger>();
    const { log } = setUp();
    const app = Fastify({ loggerInstance: log });
    expectTypeOf(app.log).toEqualTypeOf<FastifyLogger>();
  });
});

function fail(): never {
  throw new Error('a serializer that throws');
}
