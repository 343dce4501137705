import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import Fastify from 'fastify';
import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { llmContext } from '../../src/context.js';
import { LoggingConfigError } from '../../src/index.js';
import { correlationMixin, pinoOptions, type PinoMaskingOptions } from '../../src/pino.js';
import { captureLogs } from '../../src/testing.js';

function setUp(own: LoggerOptions = {}, settings: PinoMaskingOptions = {}) {
  const logs = captureLogs();
  let raw = '';
  const log = pino(pinoOptions(own, settings), {
    write(line: string) {
      raw += line;
      logs.destination.write(line);
    },
  });
  return { logs, log, raw: () => raw };
}

const provider = new NodeTracerProvider();
provider.register();
afterAll(() => {
  trace.disable();
  context.disable();
});

/** Runs in a request and a span, and gives their ids as they have to stand in its lines. */
function inRequest(fn: () => void) {
  return llmContext.run({ correlationId: 'c-1', tenantId: 'acme' }, () =>
    provider.getTracer('test').startActiveSpan('work', (span) => {
      fn();
      const { traceId, spanId } = span.spanContext();
      const ids = { trace_id: traceId, span_id: spanId };
      return { correlation_id: 'c-1', tenant_id: 'acme', ...ids };
    }),
  );
}

describe('pino with pinoOptions', () => {
  it('writes the ids of the request and the span, which win over fields of their names', () => {
    const { logs, log } = setUp();
    const ids = inRequest(() => {
      log.info('text');
      log.child({ a: 1 }).error({ correlation_id: 'mine' }, 'in a child');
    });
    log.info({ correlation_id: 'mine' }, 'outside');
    expect(logs.lines).toMatchObject([
      { level: 30, msg: 'text', ...ids },
      { level: 50, msg: 'in a child', a: 1, ...ids },
      { msg: 'outside', correlation_id: 'mine' },
    ]);
    expect(logs.lines[2]).not.toHaveProperty('trace_id');
  });

  it('masks secrets and prompts by key at any depth, as our own lines do', () => {
    const { logs, log, raw } = setUp();
    const call = {
      password: 'secret-1',
      deep: [{ headers: { 'X-Api-Key': 'secret-2' } }],
      map: new Map([['cookie', 'secret-3']]),
      prompt: 'secret-4',
      messages: [{ role: 'user', content: 'secret-5' }],
      max_tokens: 12,
      big: 5n,
    };
    log.info(call, 'text');
    expect(logs.lines[0]).toMatchObject({
      password: '[redacted]',
      deep: [{ headers: { 'X-Api-Key': '[redacted]' } }],
      map: { cookie: '[redacted]' },
      prompt: '[redacted]',
      messages: '[redacted]',
      max_tokens: 12,
      big: '5',
    });
    expect(raw()).not.toContain('secret-');
    expect(call.password).toBe('secret-1');
  });

  it('masks the bindings of the root, of children and grandchildren, and those set later', () => {
    const { logs, log, raw } = setUp({ base: { token: 'secret-1', pid: 7 } });
    const child = log.child({ apiKey: 'secret-2', a: { password: 'secret-3' }, b: 1 });
    const grandchild = child.child({
      cookie: 'secret-4',
      b: 2,
      err: new Error('for bob@example.com'),
    });
    grandchild.setBindings({ authorization: 'secret-5', c: 3 });
    grandchild.info('text');
    log.setBindings({ ssn: 'secret-6' });
    log.info('root');
    log.child({}).info('empty');
    const redacted = '[redacted]';
    expect(logs.lines[0]).toMatchObject({
      token: redacted,
      pid: 7,
      apiKey: redacted,
      a: { password: redacted },
      b: 2,
      cookie: redacted,
      authorization: redacted,
      c: 3,
      err: { message: 'for [email]' },
    });
    expect(logs.lines[1]).toMatchObject({ token: redacted, ssn: redacted });
    expect(logs.lines[2]).toMatchObject({ msg: 'empty', ssn: redacted });
    expect(raw()).not.toMatch(/secret-|bob@/);
  });

  it('masks errors by pattern in message, stack and causes, wherever they stand', () => {
    const { logs, log, raw } = setUp();
    const error = Object.assign(
      new TypeError('for bob@example.com', { cause: new Error('at pg://u:secret-1@h/db') }),
      { request: { prompt: 'secret-2' }, code: 'E_MODEL' },
    );
    log.error(error);
    log.error(error, 'with text');
    log.error({ err: error, a: 1 });
    log.error({ other: error }, 'elsewhere');
    log.error('failed: %s %j %o', error, { password: 'secret-3' }, { a: error });
    const plain = { type: 'TypeError', message: 'for [email]', code: 'E_MODEL' };
    expect(logs.lines).toMatchObject([
      { msg: 'for [email]', err: { ...plain, cause: { message: 'at pg://[secret]@h/db' } } },
      { msg: 'with text', err: plain },
      { msg: 'for [email]', err: plain, a: 1 },
      { msg: 'elsewhere', other: plain },
      {
        msg: expect.stringMatching(
          /^failed: TypeError: for \[email\] \{"password":"\[redacted\]"\}/,
        ) as string,
      },
    ]);
    expect(raw()).not.toMatch(/secret-|bob@/);
  });

  it('writes one line that steers no terminal, whatever the value', () => {
    const { log, raw } = setUp();
    const hostile = {
      a: 'x\u2028y\u202ez\u009b\n',
      circular: undefined as unknown,
      get throws(): string {
        throw new Error('getter');
      },
      __proto__: { inherited: 1 },
      fn: () => 1,
    };
    hostile.circular = hostile;
    log.child({ b: '\u2028' }).info(hostile, 'm\u2029\n');
    expect(raw().split('\n')).toHaveLength(2);
    expect(raw()).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(raw())).toMatchObject({
      a: hostile.a,
      throws: '[Throws]',
      fn: '[Function fn]',
      msg: 'm\u2029\n',
    });
  });

  it('goes on with formatters, hooks, serializers, mixins and redaction of one’s own, theirs masked', () => {
    const children: Logger[] = [];
    const { logs, log, raw } = setUp({
      level: 'debug',
      errorKey: 'error',
      mixin: () => ({ mixed: 1, token: 'secret-1' }),
      redact: ['own.path'],
      serializers: {
        user: (user: { id: number }) => ({ id: user.id, password: 'secret-2' }),
        bad: () => {
          throw new Error('serializer');
        },
        when: stdSerializers.req,
      },
      formatters: {
        level: (label) => ({ severity: label }),
        bindings: () => ({ host: 'h', cookie: 'secret-3' }),
        log: (fields) => ({ ...fields, added: true }),
      },
      hooks: {
        logMethod(args, method) {
          args[1] = `${String(args[1])}!`;
          method.apply(this, args);
        },
        streamWrite: (line) => line.replace('"added":true', '"added":"yes"'),
      },
      onChild: (child) => void children.push(child),
    });
    const child = log.child({ c: 1 }, { serializers: { late: () => 'serialized' } });
    child.debug({ user: { id: 7 }, bad: 1, late: 'x', own: { path: 1 } }, 'text');
    expect(children).toEqual([child]);
    expect(logs.lines[0]).toMatchObject({
      severity: 'debug',
      host: 'h',
      cookie: '[redacted]',
      mixed: 1,
      token: '[redacted]',
      user: { id: 7, password: '[redacted]' },
      bad: '[Throws]',
      late: 'serialized',
      own: { path: '[Redacted]' },
      added: 'yes',
      c: 1,
      msg: 'text!',
    });
    log.error(new Error('for bob@example.com'));
    expect(logs.lines[1]).toMatchObject({ error: { message: 'for [email]' }, msg: 'for [email]!' });
    expect(raw()).not.toMatch(/secret-|bob@/);
  });

  it('is a logger that Fastify takes, with requests cut down and errors masked', async () => {
    const { logs, log, raw } = setUp();
    const app = Fastify({ loggerInstance: log });
    onTestFinished(() => app.close());
    app.get('/users/:id', async (request) => {
      request.log.info({ password: 'secret-1' }, 'in the handler');
      throw new TypeError('for bob@example.com');
    });
    await app.inject('/users/7');
    expect(logs.find({ msg: 'in the handler' })).toMatchObject({ password: '[redacted]' });
    expect(logs.find({ level: 50 })).toMatchObject({ err: { type: 'TypeError' } });
    expect(raw()).not.toMatch(/secret-/);
    expect(logs.find({ level: 50 })!['err']).toMatchObject({ message: 'for [email]' });
    log.info({ req: { method: 'GET', url: '/secret-2' }, res: { statusCode: 200 } }, 'ours');
    expect(logs.find({ msg: 'ours' })).toMatchObject({
      req: { method: 'GET' },
      res: { status: 200 },
    });
    expect(raw()).not.toMatch(/secret-/);
  });

  it('masks more keys, fewer, or nothing, as it is told', () => {
    const { logs, log } = setUp(
      {},
      { redact: { keys: ['ward'], except: ['token'] }, limits: { maxStringLength: 4 } },
    );
    log.info({ ward: 'x', token: 'y', long: 'abcdefgh' });
    expect(logs.lines[0]).toMatchObject({
      ward: '[redacted]',
      token: 'y',
      long: 'abcd…[4 more characters]',
    });
    const bare = setUp({}, { redact: false });
    bare.log.child({ token: 'y' }).error(Object.assign(new Error('for bob@example.com')));
    expect(bare.logs.lines[0]).toMatchObject({ token: 'y', msg: 'for bob@example.com' });
  });

  it('refuses settings that it does not know, by name', () => {
    const settings = { redact: { keys: [''] } };
    expect(() => pinoOptions({}, settings)).toThrow(LoggingConfigError);
    expect(() => pinoOptions({}, settings)).toThrow('redact.keys[0] must be a key name');
    vi.stubEnv('LOG_LEVEL', 'loud');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => pinoOptions()).not.toThrow();
  });

  it('says so once it cannot mask a child, instead of failing', async () => {
    const warned = new Promise<Error & { code?: string }>((resolve) => {
      process.once('warning', resolve);
    });
    expect(() => pinoOptions().onChild({})).not.toThrow();
    expect(await warned).toMatchObject({ code: 'LLM_LOGGING_PINO_BINDINGS' });
  });
});

describe('correlationMixin', () => {
  it('adds the ids alone to a pino whose options are otherwise untouched', () => {
    const logs = captureLogs();
    const log = pino({ mixin: correlationMixin() }, logs.destination);
    const ids = inRequest(() => log.child({ a: 1 }).info({ b: 2 }, 'text'));
    log.info('outside');
    expect(logs.lines[0]).toMatchObject({ ...ids, a: 1, b: 2, msg: 'text' });
    expect(logs.lines[1]).not.toHaveProperty('correlation_id');
  });
});
