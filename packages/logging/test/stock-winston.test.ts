/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import winston, { type Logger } from 'winston';
import { createLogger } from '../src/index.js';
import { maskingOf } from '../src/redaction/masking.js';
import { collector } from './collector.js';

const { maskText, isSecretKey } = maskingOf();
const { combine, errors, json, splat, timestamp } = winston.format;

/** The line of ours and the one of winston as it comes. */
function both(write: (logger: Logger) => unknown): Record<string, unknown>[] {
  return [
    (stream: NodeJS.WritableStream) => createLogger({ destination: stream as never }),
    (stream: NodeJS.WritableStream) =>
      winston.createLogger({
        format: combine(timestamp(), errors({ stack: true }), splat(), json()),
        transports: [new winston.transports.Stream({ stream })],
      }),
  ].map((make) => {
    const out = collector();
    write(make(out.stream));
    expect(out.raw()).toHaveLength(1);
    return out.lines()[0]!;
  });
}

/** Names to which winston or we give a meaning of our own. */
const named = new Set([
  ...['level', 'message', 'timestamp', 'logger', 'service', 'error', 'args', 'exception', 'cause'],
  ...[
    'rejection',
    'stack',
    'splat',
    'correlation_id',
    'tenant_id',
    'trace_id',
    'span_id',
    'trace_flags',
  ],
  // winston's own copying loses it.
  '__proto__',
]);
const isOpen = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).every(
        ([key, one]) => !isSecretKey(key, one) && isOpen(key) && isOpen(one),
      )
    : maskText(String(value)) === String(value);

const text = fc.string({ unit: 'grapheme' }).filter((one) => isOpen(one) && !one.includes('%'));
const fields = fc
  .dictionary(
    fc.string({ minLength: 1, maxLength: 12 }).filter((key) => !named.has(key)),
    fc.jsonValue({ maxDepth: 3 }),
    { maxKeys: 6 },
  )
  // JSON has no negative zero.
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>)
  .filter((value) => isOpen(value) && !JSON.stringify(value).includes('"__proto__"'));

describe('the line of stock winston', () => {
  it('has no fact about plain data that ours lacks', () => {
    fc.assert(
      fc.property(text, fields, fields, (message, bindings, given) => {
        const [ours, stock] = both((logger) => logger.child(bindings).warn(message, given));
        const { timestamp: at, ...facts } = stock!;
        expect(
          Math.abs(Date.parse(ours!['timestamp'] as string) - Date.parse(at as string)),
        ).toBeLessThan(60_000);
        expect(ours).toMatchObject(facts);
        expect(Object.keys(ours!).toSorted()).toEqual(
          [...new Set([...Object.keys(stock!), 'logger'])].toSorted(),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('has the same message where arguments are filled in', () => {
    const argument = fc.oneof(
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    );
    const token = fc.constantFrom('%s', '%d', '%i', '%j');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(token, argument, text), { minLength: 1, maxLength: 4 }),
        (parts) => {
          const template = parts.map(([one, , after]) => `${one}${after}`).join('');
          const values = parts.map(([, value]) => value);
          const [ours, stock] = both((logger) => logger.info(template, ...values));
          fc.pre(isOpen(stock!['message']));
          expect(ours!['message']).toBe(stock!['message']);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has the message and the stack of an error, as ours has, however it is logged', () => {
    fc.assert(
      fc.property(text, fields, (message, own) => {
        fc.pre(message !== '');
        const error = new TypeError(message);
        const [ours, stock] = both((logger) => logger.error(error));
        expect(ours).toMatchObject({
          level: stock!['level'],
          message: stock!['message'],
          error: { type: 'TypeError', message: stock!['message'], stack: stock!['stack'] },
        });
        const [beside, theirs] = both((logger) =>
          logger.error('failed', { ...own, failure: new Error(message) }),
        );
        expect(beside).toMatchObject({ ...own, message: theirs!['message'], failure: { message } });
      }),
      { numRuns: 100 },
    );
  });
});
