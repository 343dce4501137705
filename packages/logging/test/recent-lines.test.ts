/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import winston from 'winston';
import { llmContext } from '../src/context.js';
import { addCorrelationId, createLogger, RecentLines, type LoggingOptions } from '../src/index.js';

function loggerWith(lines: RecentLines, options: LoggingOptions = {}) {
  const destination = new PassThrough().resume();
  return createLogger({ destination, format: 'json', transports: [lines], ...options });
}

function within(correlationId: string, tenantId: string | undefined, work: () => void): void {
  llmContext.run({ correlationId, tenantId }, work);
}

it('keeps the lines of a request as they were written, secrets masked', () => {
  const lines = new RecentLines();
  const logger = loggerWith(lines);
  logger.info('belongs to nobody');
  within('order-1', undefined, () => {
    logger.info('first', { password: 'hunter2', n: 1 });
    logger.debug('not logged');
  });
  within('order-2', undefined, () => logger.info('of another'));
  within('order-1', undefined, () => logger.error('second', { error: new Error('broke') }));
  expect(lines.of('order-1')).toMatchObject([
    { level: 'info', message: 'first', correlation_id: 'order-1', n: 1 },
    { level: 'error', message: 'second' },
  ]);
  expect(JSON.stringify(lines.of('order-1'))).not.toContain('hunter2');
  expect(lines.of('order-3')).toEqual([]);
});

it('keeps no more than so many lines, and no more than so many characters', () => {
  const few = new RecentLines({ maxLines: 3 });
  const short = new RecentLines({ maxCharacters: 2000 });
  const loggers = [loggerWith(few), loggerWith(short)];
  for (let n = 0; n < 10; n += 1) {
    for (const logger of loggers) {
      within('a', undefined, () => logger.info(`line ${n}`, { text: 'x'.repeat(500) }));
    }
  }
  expect(few.of('a').map(({ message }) => message)).toEqual(['line 7', 'line 8', 'line 9']);
  expect(JSON.stringify(short.of('a')).length).toBeLessThanOrEqual(2010);
  expect(short.of('a').at(-1)?.['message']).toBe('line 9');
  // A line longer than all that may be kept leaves nothing behind.
  within('a', undefined, () => loggers[1]!.info('long', { text: 'a b '.repeat(1000) }));
  expect(short.of('a')).toEqual([]);
});

it("shows and forgets a tenant's lines alone", () => {
  const lines = new RecentLines({ maxCharacters: 2000 });
  const logger = loggerWith(lines);
  // An id that two tenants sent.
  for (const tenant of ['acme', 'globex']) within('a', tenant, () => logger.info(`by ${tenant}`));
  within('a', undefined, () => logger.info('by nobody'));
  expect(lines.of('a', 'acme')).toMatchObject([{ message: 'by acme' }]);
  expect(lines.forgetTenant('acme')).toBe(1);
  expect(lines.of('a').map(({ message }) => message)).toEqual(['by globex', 'by nobody']);
  // What was forgotten takes no place any more.
  within('b', undefined, () => logger.info('long', { text: 'a b '.repeat(350) }));
  expect(lines.of('a')).toHaveLength(2);
});

it('takes lines of any winston logger, as texts where they are no JSON', () => {
  const lines = new RecentLines();
  const { combine, simple } = winston.format;
  const logger = winston.createLogger({ format: combine(addCorrelationId(), simple()) });
  logger.add(lines);
  within('a', 'acme', () => logger.info('mapped'));
  expect(lines.of('a', 'acme')).toEqual([
    { message: expect.stringMatching(/^info: mapped/) as string },
  ]);
});

it.each([
  [{ maxLines: 0 }, 'maxLines must be an integer of at least 1, but is 0'],
  [{ maxCharacters: '9' as never }, 'maxCharacters must be an integer of at least 1, but is "9"'],
  [{ maxLine: 9 } as never, 'option must be one of maxLines, maxCharacters, but is "maxLine"'],
])('refuses %j', (options, message) => {
  expect(() => new RecentLines(options)).toThrow(message);
});
