import { describe, expect, it } from 'vitest';
import type { Logger } from 'winston';
import { createLogger, type LoggingOptions } from '../../src/index.js';
import { collector } from '../collector.js';
import { corpus, harmless, nearly, secrets } from './secret-corpus.js';

type Write = (logger: Logger, secret: string) => unknown;

/** Everywhere in a call where a text can stand. */
const positions: Record<string, Write> = {
  'the message': (logger, secret) => logger.info(secret),
  'the middle of a message': (logger, secret) => logger.info(`sent (${secret}) twice`),
  'an argument of %s': (logger, secret) => logger.info('sent %s', secret),
  'an argument of %j': (logger, secret) => logger.info('sent %j', { text: secret }),
  'an argument left over': (logger, secret) => logger.info('sent', secret, 5),
  'a field': (logger, secret) => logger.info('text', { text: secret }),
  'a nested field': (logger, secret) => logger.info('text', { a: { b: { c: secret } } }),
  'an array': (logger, secret) => logger.info('text', { list: ['x', [secret]] }),
  'objects in an array': (logger, secret) => logger.info('text', { list: [{ text: secret }] }),
  'a Map and a Set': (logger, secret) =>
    logger.info('text', { map: new Map([['k', secret]]), set: new Set([secret]) }),
  'a key': (logger, secret) => logger.info('text', { [secret]: 1, nested: { [secret]: { a: 1 } } }),
  'a key of a Map': (logger, secret) => logger.info('text', { map: new Map([[secret, 1]]) }),
  'an error’s message and stack': (logger, secret) => logger.error('failed', new Error(secret)),
  'an error as message': (logger, secret) => logger.error(new Error(`refused: ${secret}`)),
  'a cause': (logger, secret) =>
    logger.error(new Error('outer', { cause: new Error('inner', { cause: secret }) })),
  'an aggregate’s errors': (logger, secret) =>
    logger.error(new AggregateError([new Error(secret), secret], 'many')),
  'an error’s code': (logger, secret) =>
    logger.error(Object.assign(new Error('e'), { code: secret })),
  'an error in a field': (logger, secret) => logger.info('text', { err: new Error(secret) }),
  'a header object': (logger, secret) => logger.info('text', { headers: { 'x-note': secret } }),
  'raw headers': (logger, secret) => logger.info('text', { rawHeaders: ['X-Note', secret] }),
  Headers: (logger, secret) => logger.info('text', { headers: new Headers({ 'x-note': secret }) }),
  'what toJSON gives': (logger, secret) => logger.info('text', { value: { toJSON: () => secret } }),
  'a child’s bindings': (logger, secret) => logger.child({ text: secret }).info('text'),
  'winston’s object form': (logger, secret) =>
    logger.log({ level: 'info', message: secret, a: secret }),
  'a field named like an id': (logger, secret) => logger.info('text', { correlation_id: secret }),
};

const ways: Record<string, LoggingOptions> = {
  'as JSON': { format: 'json' },
  'for the eyes': { format: 'pretty' },
};

describe('a secret', () => {
  for (const [position, write] of Object.entries(positions)) {
    it(`leaks from no line as ${position}`, () => {
      for (const [way, options] of Object.entries(ways)) {
        for (const [secret, ...hidden] of corpus) {
          if (position === 'Headers' && /[^ -~]/.test(secret)) continue;
          const out = collector();
          write(createLogger({ destination: out.stream, ...options }), secret);
          const text = out.raw().join('\n');
          expect(text.length).toBeGreaterThan(20);
          for (const part of [secret, ...hidden]) {
            if (text.includes(part)) expect.fail(`${way}: ${JSON.stringify(part)} in ${text}`);
          }
        }
      }
    });
  }

  it('leaks from no line by its name, whatever it looks like', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    logger.info('text', {
      password: 'k1',
      headers: { Authorization: 'k2', 'X-Api-Key': ['k3'], cookie: { sid: 'k4' } },
      rawHeaders: ['Host', 'localhost', 'Authorization', 'k5', 'Cookie', 'k6'],
      entries: [
        ['x-api-key', 'k7'],
        ['accept', 'json'],
      ],
      har: [
        { name: 'Set-Cookie', value: 'k8' },
        { key: 'authorization', value: { stringValue: 'k9' } },
      ],
      mixed: new Map<unknown, unknown>([
        [1, 2],
        ['secret', 'k0'],
      ]),
      url: new URL('https://u:k1@host/?token=k2'),
    });
    expect(out.raw()[0]).not.toMatch(/k\d/);
    expect(out.lines()[0]).toMatchObject({
      rawHeaders: ['Host', 'localhost', 'Authorization', '[redacted]', 'Cookie', '[redacted]'],
      entries: [
        ['x-api-key', '[redacted]'],
        ['accept', 'json'],
      ],
      har: [
        { name: 'Set-Cookie', value: '[redacted]' },
        { key: 'authorization', value: '[redacted]' },
      ],
    });
  });

  it('leaks from no line as a number either', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    logger.info('text', { pan: 4111111111111111, list: [378282246310005], big: 4111111111111111n });
    logger.info('text', { pan: 4111111111111111 });
    expect(out.raw().join('')).not.toMatch(/4111|3782/);
    logger.info('text', { at: 1767323045006, micros: 1767323045006123, id: 4111111111111112 });
    expect(out.lines()[2]).toMatchObject({
      at: 1767323045006,
      micros: 1767323045006123,
      id: 4111111111111112,
    });
  });

  it('is looked for in a long text without a space in no more time than its length takes', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    const started = performance.now();
    for (let n = 0; n < 20; n++) logger.info('x'.repeat(1_000_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('leaves no half of itself where a text is cut', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, limits: { maxStringLength: 100 } });
    for (let length = 60; length < 1200; length += 7) {
      logger.info(
        `${'bob@example.com '.repeat(length / 16)}${'x'.repeat(length % 16)} sk-abcdefghijklmnop`,
      );
      logger.info('text', { text: `${'y'.repeat(length)} 4111111111111111` });
    }
    expect(out.raw().join('')).not.toMatch(/sk-a|4111|bob@/);
  });
});

describe('what is no secret', () => {
  it.each([...harmless, ...nearly])('stays as it is: %j', (text) => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    logger.info(`${text} done`);
    logger.info('text', { text, list: [text], nested: { text } });
    logger.info('%s', text);
    expect(out.lines()).toMatchObject([
      { message: `${text} done` },
      { text, list: [text], nested: { text } },
      { message: text },
    ]);
  });
});

describe('the censor', () => {
  const write = (options: LoggingOptions['redact']): Record<string, unknown>[] => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, redact: options });
    logger.info('mail bob@example.com', {
      password: 'hunter2',
      list: [{ token: 'a' }, { pan: 'card 4111111111111111' }],
      rawHeaders: ['cookie', 'x=1'],
    });
    logger.error(new Error('mail bob@example.com'));
    return out.lines();
  };

  it('leaves nothing with remove', () => {
    const [line, failed] = write({ censor: 'remove' });
    expect(line).toMatchObject({
      message: 'mail ',
      list: [{}, { pan: 'card ' }],
      rawHeaders: ['cookie', null],
    });
    expect(line).not.toHaveProperty('password');
    expect(failed).toMatchObject({ message: 'mail ' });
  });

  it('leaves the same mark for the same secret with a keyed hash, and another with another key', () => {
    const hmacKey = 'a key of many bytes';
    const [line, failed] = write({ censor: { hmacKey } });
    expect(line).toMatchObject({
      message: expect.stringMatching(/^mail \[email#[0-9a-f]{32}\]$/) as unknown,
      password: expect.stringMatching(/^\[redacted#[0-9a-f]{32}\]$/) as unknown,
      list: [{}, { pan: expect.stringMatching(/^card \[card#[0-9a-f]{32}\]$/) as unknown }],
    });
    expect(failed?.['message']).toBe(line?.['message']);
    expect(write({ censor: { hmacKey } })[0]).toEqual({
      ...line,
      timestamp: expect.any(String) as unknown,
    });
    const [other] = write({ censor: { hmacKey: Buffer.from('another key of bytes') } });
    expect(other?.['password']).not.toBe(line?.['password']);
  });

  it('is not masked itself when a text is masked twice', () => {
    for (const censor of ['mask', { hmacKey: 'a key of many bytes' }] as const) {
      for (const secret of secrets) {
        const out = collector();
        const logger = createLogger({ destination: out.stream, redact: { censor } });
        logger.info(secret);
        const once = out.lines()[0]?.['message'] as string;
        logger.info(once);
        expect(out.lines()[1]?.['message']).toBe(once);
      }
    }
  });
});

describe('patterns of one’s own', () => {
  it('are masked everywhere, besides the well-known ones', () => {
    const out = collector();
    const redact = { patterns: [/\bEMP-\d+/y, /gehEim/i] };
    const logger = createLogger({ destination: out.stream, redact });
    logger.info('EMP-1 and EMP-2', { text: 'x EMP-3', list: ['geheim'], mail: 'a@b.example' });
    logger.info('plain', { id: 'EMP-4' });
    expect(out.raw().join('')).not.toMatch(/EMP-|geheim|a@b/);
    expect(out.lines()[0]).toMatchObject({ message: '[secret] and [secret]', mail: '[email]' });
  });

  it('can be none at all', () => {
    const out = collector();
    createLogger({ destination: out.stream, redact: { patterns: false } }).error(
      'to bob@example.com',
      {
        error: new Error('4111111111111111'),
        password: 'x',
        pan: 4111111111111111,
      },
    );
    expect(out.lines()[0]).toMatchObject({
      message: 'to bob@example.com',
      error: { message: '4111111111111111' },
      password: '[redacted]',
      pan: 4111111111111111,
    });
  });
});
