/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import winston, { type Logger } from 'winston';
import { configureLogging, createLogger, getLogger, setLogLevel } from '../../src/index.js';
import { NAME } from '../../src/line/info.js';
import { collector, type Collector } from '../collector.js';

const texts = (out: Collector): unknown[] => out.lines().map(({ message }) => message);
/** Writes one plain and one careful line at debug, each with a text of its own. */
function debug(logger: Logger, text: string): void {
  logger.debug(text);
  logger.debug('%s carefully', text);
  logger.log('debug', `${text} by log`);
  logger.log({ level: 'debug', message: `${text} by entry` });
}
const all = (text: string): string[] => [
  text,
  `${text} carefully`,
  `${text} by log`,
  `${text} by entry`,
];

afterEach(() => void configureLogging({ destination: false }));

describe('setLogLevel', () => {
  it('sets the level of the default logger and of children that modules have already made', () => {
    const out = collector();
    const early = getLogger('early').child({ part: 1 });
    const logger = configureLogging({ destination: out.stream });
    debug(logger, 'off');
    setLogLevel('debug');
    debug(early, 'on');
    setLogLevel('error');
    early.warn('off');
    setLogLevel(undefined);
    early.info('back');
    debug(early, 'off');
    expect(texts(out)).toEqual([...all('on'), 'back']);
  });

  it('sets the level of a name alone, its children included, more and less than the others have', () => {
    const out = collector();
    const root = configureLogging({ destination: out.stream });
    const [database, other] = [getLogger('database'), getLogger('http')];
    setLogLevel('debug', { logger: 'database' });
    setLogLevel('error', { logger: 'http' });
    debug(database, 'named');
    debug(database.child({ part: 1 }), 'child');
    debug(getLogger('database'), 'later');
    debug(root, 'off');
    other.warn('off');
    other.error('error');
    expect(database.isDebugEnabled()).toBe(true);
    expect(root.isDebugEnabled()).toBe(false);
    setLogLevel(undefined, { logger: 'database' });
    debug(database, 'off');
    database.info('back');
    expect(texts(out)).toEqual([
      ...all('named'),
      ...all('child'),
      ...all('later'),
      'error',
      'back',
    ]);
  });

  it('sets all where the name is the root logger’s, and any logger that it is given', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, name: 'worker' });
    const child = logger.child({ [NAME]: 'part' });
    setLogLevel('debug', { logger: 'worker', of: child });
    debug(child, 'on');
    setLogLevel('warn', { logger: 'part', of: logger });
    child.info('off');
    logger.info('on');
    expect(texts(out)).toEqual([...all('on'), 'on']);
  });

  it('gives way to a level that is set on a child itself', () => {
    const out = collector();
    const child = createLogger({ destination: out.stream }).child({ [NAME]: 'part' });
    setLogLevel('debug', { logger: 'part', of: child });
    child.level = 'warn';
    child.info('off');
    child.child({}).info('off');
    child.warn('on');
    expect(texts(out)).toEqual(['on']);
  });

  it('reaches our destination beside transports that go by the root logger’s level', () => {
    const out = collector();
    const [silent, verbose] = [collector(), collector()];
    const logger = createLogger({
      destination: out.stream,
      transports: [
        new winston.transports.Stream({ stream: silent.stream }),
        new winston.transports.Stream({ stream: verbose.stream, level: 'debug' }),
      ],
    });
    const child = logger.child({ [NAME]: 'part' });
    setLogLevel('debug', { logger: 'part', of: logger });
    debug(child, 'on');
    child.info('info');
    expect(texts(out)).toEqual([...all('on'), 'info']);
    expect(texts(verbose)).toEqual([...all('on'), 'info']);
    expect(texts(silent)).toEqual(['info']);
  });

  it('is forgotten when the logger is configured anew', () => {
    const out = collector();
    configureLogging({ destination: false });
    setLogLevel('debug', { logger: 'database' });
    configureLogging({ destination: out.stream });
    debug(getLogger('database'), 'off');
    expect(out.raw()).toEqual([]);
  });

  it('rejects a level that the logger does not have', () => {
    configureLogging({ destination: false });
    expect(() => setLogLevel('loud')).toThrow(/^level must be one of error, .* but is "loud"$/);
    expect(() => setLogLevel('toString', { logger: 'x' })).toThrow(/"toString"/);
  });
});

describe('the signal of the option levelSignal', () => {
  async function signal(): Promise<void> {
    const arrived = once(process, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR2');
    await arrived;
  }

  it('makes all loggers verbose, and at the next time as they were', async () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, levelSignal: 'SIGUSR2' });
    const child = logger.child({ [NAME]: 'part' });
    setLogLevel('error', { logger: 'part', of: logger });
    await signal();
    debug(logger, 'root');
    debug(child, 'child');
    await signal();
    debug(logger, 'off');
    child.warn('off');
    logger.info('info');
    const told = 'the log level was changed by a signal';
    expect(texts(out)).toEqual([told, ...all('root'), ...all('child'), told, 'info']);
    expect(out.lines().filter(({ message }) => message === told)).toMatchObject([
      { to: 'debug' },
      { to: 'info' },
    ]);
    logger.close();
  });

  it('makes a logger no less verbose than it is', async () => {
    const logger = createLogger({ destination: false, level: 'silly', levelSignal: 'SIGUSR2' });
    await signal();
    expect(logger.level).toBe('silly');
    logger.close();
  });

  it('is listened to until the logger is closed, ended or configured anew', async () => {
    const before = process.listenerCount('SIGUSR2');
    const options = { destination: false, levelSignal: 'SIGUSR2' } as const;
    const loggers = [createLogger(options), createLogger(options)] as const;
    configureLogging(options);
    configureLogging(options);
    expect(process.listenerCount('SIGUSR2')).toBe(before + 3);
    configureLogging({ destination: false });
    loggers[0].close();
    const finished = once(loggers[1], 'finish');
    loggers[1].end();
    await finished;
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });
});
