/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import winston from 'winston';
import Transport from 'winston-transport';
import { describe, expect, it } from 'vitest';
import { createLogger, flushLogs, stats } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';

/** A transport that takes nothing until it is told to. */
function stalledTransport() {
  const taken: unknown[] = [];
  const waiting: (() => void)[] = [];
  let free = false;
  const transport = new Transport({
    log(info: Record<string, unknown>, next: () => void) {
      taken.push(info['i']);
      if (free) next();
      else waiting.push(next);
    },
  });
  return {
    transport,
    taken,
    free() {
      free = true;
      for (const next of waiting) next();
    },
  };
}

describe('a transport of others that stalls', () => {
  it('holds up neither our destination nor other transports', async () => {
    const logs = captureLogs();
    const other = captureLogs();
    const { transport, taken, free } = stalledTransport();
    const logger = createLogger({
      destination: logs.destination,
      transports: [transport, new winston.transports.Stream({ stream: other.destination })],
    });
    for (let i = 0; i < 1000; i++) logger.info('line', { i });
    expect(logs.lines).toHaveLength(1000);
    expect(other.lines).toEqual(logs.lines);
    expect(taken).toEqual([0]);
    free();
    expect(taken).toEqual([...Array(1000).keys()]);
    await flushLogs(logger);
    expect(stats(logger)).toMatchObject({ written: 1000, dropped: 0, missed: 0 });
  });

  it('misses lines when too many wait for it, which are counted, and gets lines again when it is back', async () => {
    const logs = captureLogs();
    const { transport, taken, free } = stalledTransport();
    const logger = createLogger({ destination: logs.destination, maxBufferBytes: 20_000 });
    logger.add(transport);
    for (let i = 0; i < 1000; i++) logger.info('line', { i });
    const { missed } = stats(logger);
    expect(missed).toBeGreaterThan(900);
    expect(logs.lines).toHaveLength(1000);
    free();
    expect(taken).toEqual([...Array(1000 - missed).keys()]);
    logger.info('line', { i: 1000 });
    expect(taken.at(-1)).toBe(1000);
    await flushLogs(logger);
    expect(stats(logger)).toMatchObject({ written: 1001, missed });
  });

  it('grows the process by what may wait for it, and no further', () => {
    const { transport } = stalledTransport();
    const logger = createLogger({
      destination: false,
      transports: [transport],
      maxBufferBytes: 1_000_000,
    });
    for (let i = 0; i < 2000; i++) logger.info('line', { i });
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100_000; i++) logger.info('line', { i });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
    expect(stats(logger).missed).toBeGreaterThan(100_000);
  });

  it('gets one line, however long, and is told of its end', async () => {
    const { transport, taken, free } = stalledTransport();
    const logger = createLogger({
      ...{ destination: false, transports: [transport], maxBufferBytes: 100 },
    });
    logger.info('x'.repeat(1000), { i: 0 });
    logger.info('missed', { i: 1 });
    expect(taken).toEqual([0]);
    const finished = new Promise((resolve) => transport.on('finish', resolve));
    logger.end();
    free();
    await finished;
    expect(stats(logger)).toMatchObject({ missed: 1 });
  });
});
