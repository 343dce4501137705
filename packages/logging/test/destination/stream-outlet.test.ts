import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLogger, flushLogs, stats } from '../../src/index.js';
import { collector } from '../collector.js';

describe('a stream as destination', () => {
  it('gets one line a write, at once, and is not ended by close', async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger({ destination: stream });
    logger.info('one');
    logger.info('two');
    expect(chunks).toHaveLength(2);
    logger.close();
    await sleep(5);
    expect(stream.writableEnded).toBe(false);
    expect(stream.listenerCount('error')).toBe(0);
    expect(stream.listenerCount('drain')).toBe(0);
    expect(stream.listenerCount('close')).toBe(0);
  });

  it('that is slow makes lines wait in a bounded buffer, in order', async () => {
    const waiting: (() => void)[] = [];
    let text = '';
    const stream = new Writable({
      highWaterMark: 500,
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        waiting.push(done);
      },
    });
    const logger = createLogger({ destination: stream, maxBufferBytes: 5000 });
    for (let i = 0; i < 1000; i++) logger.info('line', { i });
    expect(stream.writableLength).toBeLessThan(1000);
    expect(stats(logger).dropped).toBeGreaterThan(800);
    const pump = setInterval(() => waiting.shift()?.(), 0);
    await flushLogs(logger);
    clearInterval(pump);
    const lines = text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    const { written, dropped } = stats(logger);
    expect(written + dropped).toBe(1000);
    let next = 0;
    for (const line of lines) {
      if (line['dropped'] === undefined) expect(line['i']).toBe(next++);
      else next += line['dropped'];
    }
    expect(next).toBe(1000);
  });

  it('that fails, throws, or was ended harms nobody, and the loss is counted', async () => {
    const failing = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no'), { code: 'EPIPE' })),
    });
    const throwing = new Writable({
      write: () => {
        throw new Error('thrown');
      },
    });
    const ended = new PassThrough();
    ended.end();
    for (const stream of [failing, throwing, ended]) {
      const logger = createLogger({ destination: stream });
      logger.info('one');
      await sleep(5);
      logger.info('two');
      await sleep(5);
      expect(stats(logger)).toMatchObject({ written: 0, dropped: 2 });
      logger.close();
      await sleep(5);
    }
  });

  it('that takes nothing does not hold up a flush beyond its time', async () => {
    const stuck = new Writable({ write: () => {} });
    const logger = createLogger({ destination: stuck, flushTimeoutMillis: 60 });
    logger.info('one');
    const start = performance.now();
    await flushLogs(logger);
    expect(performance.now() - start).toBeGreaterThan(40);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('has everything when an ended logger says it has finished', async () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    logger.info('one');
    await new Promise((resolve) => logger.on('finish', resolve).end());
    expect(out.lines()).toHaveLength(1);
    logger.info('after the end');
    logger.child({ a: 1 }).error('after the end');
    await sleep(5);
    expect(stats(logger)).toMatchObject({ written: 1, dropped: 2 });
  });
});
