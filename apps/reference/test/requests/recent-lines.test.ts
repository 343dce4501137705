import { PassThrough } from 'node:stream';
import { createLogger } from '@llm/logging';
import { withCorrelationId } from '@llm/tracing';
import { expect, it } from 'vitest';
import { RecentLines } from '../../src/requests/recent-lines.js';

function loggerWith(lines: RecentLines) {
  const destination = new PassThrough().resume();
  return createLogger({ destination, format: 'json', level: 'info', transports: [lines] });
}

it('keeps the lines of a request as they were written, secrets masked', () => {
  const lines = new RecentLines();
  const logger = loggerWith(lines);
  logger.info('belongs to nobody');
  withCorrelationId('order-1', () => {
    logger.info('first', { password: 'hunter2', n: 1 });
    logger.debug('not logged');
  });
  withCorrelationId('order-2', () => logger.info('of another'));
  withCorrelationId('order-1', () => logger.error('second', { error: new Error('broke') }));
  expect(lines.of('order-1')).toMatchObject([
    { level: 'info', message: 'first', correlation_id: 'order-1', n: 1 },
    { level: 'error', message: 'second' },
  ]);
  expect(JSON.stringify(lines.of('order-1'))).not.toContain('hunter2');
  expect(lines.of('order-3')).toEqual([]);
});

it('keeps no more than so many lines, and no more than so many characters', () => {
  const few = new RecentLines({ mostLines: 3 });
  const short = new RecentLines({ mostCharacters: 2000 });
  const loggers = [loggerWith(few), loggerWith(short)];
  for (let n = 0; n < 10; n += 1) {
    for (const logger of loggers) {
      withCorrelationId('a', () => logger.info(`line ${n}`, { text: 'x'.repeat(500) }));
    }
  }
  expect(few.of('a').map(({ message }) => message)).toEqual(['line 7', 'line 8', 'line 9']);
  expect(JSON.stringify(short.of('a')).length).toBeLessThanOrEqual(2010);
  expect(short.of('a').at(-1)?.['message']).toBe('line 9');
  // A line longer than all that may be kept leaves nothing behind.
  withCorrelationId('a', () => loggers[1]!.info('long', { text: 'a b '.repeat(1000) }));
  expect(short.of('a')).toEqual([]);
});
