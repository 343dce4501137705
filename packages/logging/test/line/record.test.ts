import { describe, expect, it } from 'vitest';
import { createLogger, type LoggingOptions } from '../../src/index.js';
import { llmContext } from '../../src/context.js';
import { collector, topLevelKeys } from '../collector.js';

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };

function set(options: LoggingOptions = {}) {
  const out = collector();
  const logger = createLogger({
    destination: out.stream,
    service: 'map',
    name: 'db',
    clock,
    ...options,
  });
  return { out, logger, last: () => out.lines().at(-1)! };
}

describe('a record', () => {
  it('has its keys in one order, fields after the ids, the error last', () => {
    const { out, logger } = set();
    llmContext.run(
      { correlationId: 'c-1', tenantId: 't-1', userId: 'u', conversationId: 'v' },
      () => {
        logger.error('failed %s', 'twice', { error: new Error('no'), 7: 'seven', attempt: 2 });
      },
    );
    expect(topLevelKeys(out.raw()[0]!)).toEqual([
      ...['timestamp', 'level', 'logger', 'service', 'message', 'correlation_id', 'tenant_id'],
      ...['7', 'attempt', 'error'],
    ]);
    expect(out.lines()[0]).toMatchObject({
      timestamp: '2026-01-02T03:04:05.006Z',
      level: 'error',
      logger: 'db',
      service: 'map',
      message: 'failed twice',
      correlation_id: 'c-1',
      tenant_id: 't-1',
      attempt: 2,
    });
    expect(out.raw()[0]).not.toContain('"u"');
  });

  it('keeps a field that is named like one of its own keys, under another name', () => {
    const { last, logger } = set();
    logger.info('a', {
      message: 'b',
      level: 'x',
      timestamp: 1,
      logger: 'l',
      service: 's',
      error: 'e',
    });
    expect(last()).toMatchObject({
      message: 'a',
      level: 'info',
      logger: 'db',
      service: 'map',
      timestamp: '2026-01-02T03:04:05.006Z',
      'fields.message': 'b',
      'fields.level': 'x',
      'fields.timestamp': 1,
      'fields.logger': 'l',
      'fields.service': 's',
      error: 'e',
    });
  });

  it('keeps both when the other name is taken as well', () => {
    const { last, logger } = set();
    logger.info('a', { level: 1, 'fields.level': 2, timestamp: 3, 'fields.timestamp': 4 });
    expect(last()).toMatchObject({
      'fields.level': 2,
      'fields.fields.level': 1,
      'fields.timestamp': 4,
      'fields.fields.timestamp': 3,
    });
  });

  it('never lets a field take the place of the request’s ids', () => {
    const { last, logger } = set();
    llmContext.run({ correlationId: 'real' }, () => {
      logger.info('a', { correlation_id: 'forged', tenant_id: 'given' });
    });
    expect(last()).toMatchObject({
      correlation_id: 'real',
      'fields.correlation_id': 'forged',
      tenant_id: 'given',
    });
    logger.info('outside a request', { correlation_id: 'job-7' });
    expect(last()).toMatchObject({ correlation_id: 'job-7' });
    logger.info('not an id', { correlation_id: { a: 1 } });
    expect(last()['correlation_id']).toEqual({ a: 1 });
  });

  it('shows errors with type, stack, codes, cause chain and aggregated errors', () => {
    const { last, logger } = set();
    class QuotaError extends Error {}
    const cause = Object.assign(new RangeError('root'), { code: 'EQUOTA', statusCode: 429 });
    logger.error(new QuotaError('outer', { cause: new Error('middle', { cause }) }));
    expect(last()).toMatchObject({
      message: 'outer',
      error: {
        type: 'QuotaError',
        message: 'outer',
        stack: expect.stringContaining('record.test.ts') as unknown,
        cause: { message: 'middle', cause: { type: 'RangeError', code: 'EQUOTA', status: 429 } },
      },
    });
    logger.error('both', new AggregateError([new TypeError('one'), 'two'], 'many'));
    expect(last()).toMatchObject({
      message: 'both',
      error: { type: 'AggregateError', errors: [{ type: 'TypeError', message: 'one' }, 'two'] },
    });
    logger.error('text', new Error('first'), {
      error: new Error('second'),
      err: new Error('third'),
    });
    expect(last()).toMatchObject({
      message: 'text',
      error: { message: 'first' },
      'fields.error': { message: 'second' },
      err: { message: 'third' },
    });
    const loop = new Error('loop');
    loop.cause = loop;
    logger.error(loop);
    expect(last()).toMatchObject({ error: { message: 'loop', cause: '[Circular]' } });
  });

  it('takes no request or response from an error, and masks its texts', () => {
    const { out, logger } = set();
    const error = Object.assign(new Error('refused for bob@example.com with sk-abcdefghijkl'), {
      config: { headers: { Authorization: 'Bearer x' }, data: 'my prompt' },
      response: { body: 'my prompt' },
    });
    logger.error('call failed', { error });
    logger.error('call failed: %s', error);
    logger.error(error);
    const text = out.raw().join('\n');
    for (const secret of ['bob@', 'sk-abc', 'Bearer x', 'my prompt'])
      expect(text).not.toContain(secret);
    expect(out.lines()[2]).toMatchObject({ message: 'refused for [email] with [secret]' });
  });

  it('masks secret keys at any depth, in Maps, Headers, bindings and defaults', () => {
    const { out, logger } = set({ fields: { api_key: 'k1' }, redact: { keys: ['prompt'] } });
    logger.child({ cookie: 'k2' }).info('a', {
      password: 'k3',
      list: [{ deep: { accessToken: 'k4' } }],
      map: new Map([['secret', 'k5']]),
      headers: new Headers({ authorization: 'k6', accept: 'text' }),
      query: new URLSearchParams('token=k7&q=1'),
      url: new URL('https://user:k8@host/'),
      prompt: 'k9',
      tokens: 12,
    });
    expect(out.raw()[0]).not.toMatch(/k\d/);
    expect(out.lines()[0]).toMatchObject({
      tokens: 12,
      headers: { accept: 'text' },
      query: { q: '1' },
    });
  });

  it('masks nothing where that was asked for', () => {
    const { last, logger } = set({ redact: false });
    logger.error('a', { password: 'p', error: new Error('bob@example.com') });
    expect(last()).toMatchObject({ password: 'p', error: { message: 'bob@example.com' } });
  });

  it('marks what is too deep, too long or too many', () => {
    const { last, logger } = set({
      limits: { maxDepth: 2, maxEntries: 3, maxStringLength: 10, maxRecordLength: 10_000 },
    });
    logger.info('a', {
      deep: { b: { c: { d: 1 }, l: [1] } },
      long: '0123456789abcdef',
      emoji: '012345678😀x',
    });
    expect(last()).toMatchObject({
      deep: { b: { c: '[Object]', l: '[Array]' } },
      long: '0123456789…[6 more characters]',
      emoji: '012345678…[3 more characters]',
    });
    logger.info('a', {
      list: [1, 2, 3, 4, 5],
      set: new Set([1, 2, 3, 4]),
      object: { a: 1, b: 2, c: 3, d: 4 },
    });
    expect(last()).toMatchObject({
      list: [1, 2, 3, '[2 more]'],
      set: [1, 2, 3, '[1 more]'],
      object: { a: 1, b: 2, c: 3, '[more]': 1 },
    });
    logger.info('a', { a: 1, b: 2, c: 3, d: 4 });
    expect(last()).toMatchObject({ c: 3, '[more]': 1 });
    expect(last()).not.toHaveProperty('d');
  });

  it('has plain substitutes for what JSON lacks', () => {
    const { last, logger } = set();
    logger.info('a', {
      big: 12n,
      nan: Number.NaN,
      date: new Date(0),
      map: new Map([['k', 1]]),
      pairs: new Map([[1, 2]]),
      set: new Set(['x']),
      symbol: Symbol('s'),
      fn: function named() {},
      bytes: Buffer.from('abc'),
      floats: new Float32Array([1, 2]),
      re: /x/g,
      nothing: undefined,
      nil: null,
      list: [undefined],
    });
    expect(last()).toMatchObject({
      big: '12',
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      map: { k: 1 },
      pairs: [[1, 2]],
      set: ['x'],
      symbol: 'Symbol(s)',
      fn: '[Function named]',
      bytes: '[Buffer: 3 bytes]',
      floats: [1, 2],
      re: '/x/g',
      nil: null,
      list: [null],
    });
    expect(last()).not.toHaveProperty('nothing');
  });

  it('loses no argument', () => {
    const { last, logger } = set();
    logger.info('a %s', 'b', 'c', { d: 1 }, 5, new Error('e'));
    expect(last()).toMatchObject({ message: 'a b', args: ['c', 5], d: 1, error: { message: 'e' } });
    logger.info({ only: 'fields' });
    expect(last()).toMatchObject({ message: '', only: 'fields' });
    logger.info({ user: 1 } as never, 'pino style');
    expect(last()).toMatchObject({ message: 'pino style', user: 1 });
    logger.log('nonsense', 'text');
    expect(last()).toMatchObject({ level: 'info', message: 'text', 'fields.level': 'nonsense' });
  });

  it('keeps its time when the clock is broken', () => {
    const { last, logger } = set({ clock: { now: () => Number.NaN } });
    logger.info('a');
    expect(Date.parse(last()['timestamp'] as string)).toBeGreaterThan(Date.UTC(2020, 0));
  });
});
