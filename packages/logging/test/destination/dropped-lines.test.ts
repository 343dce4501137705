import { Writable } from 'node:stream';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Transport from 'winston-transport';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger, flushLogs, stats } from '../../src/index.js';

const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** A stream that takes nothing until it is told to. */
function stuckStream() {
  let text = '';
  const waiting: (() => void)[] = [];
  let stuck = true;
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      if (stuck) waiting.push(done);
      else done();
    },
  });
  return {
    stream,
    lines: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    free() {
      stuck = false;
      for (const done of waiting) done();
    },
  };
}

describe('when more lines wait than may', () => {
  it('the oldest debug lines go first, then those of info; the loss is told by level, and no error is lost', async () => {
    const { stream, lines, free } = stuckStream();
    const logger = createLogger({ destination: stream, level: 'debug', maxBufferBytes: 30_000 });
    logger.info('in flight');
    for (let i = 0; i < 1000; i++) {
      logger.debug('line', { i });
      if (i % 10 === 0) logger.info('line', { i });
      if (i % 100 === 0) logger.error('line', { i });
    }
    const { dropped } = stats(logger);
    free();
    await flushLogs(logger);
    const of = (level: string) =>
      lines().filter((line) => line['level'] === level && line['message'] === 'line');
    expect(of('error').map((line) => line['i'])).toEqual([...Array(10).keys()].map((i) => i * 100));
    expect(of('info').map((line) => line['i'])).toEqual([...Array(100).keys()].map((i) => i * 10));
    const debug = of('debug').map((line) => line['i'] as number);
    expect(debug.length).toBeGreaterThan(100);
    expect(debug).toEqual([...Array(1000).keys()].slice(-debug.length));
    const reports = lines().filter((line) => line['message'] === 'log lines were dropped');
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      level: 'warn',
      dropped,
      dropped_by_level: { debug: dropped },
    });
    expect(debug.length + dropped).toBe(1000);
    // All that is kept stands in the order of the calls.
    const order = lines().flatMap((line) => (line['message'] === 'line' ? [line['i']] : []));
    expect(order).toEqual([...order].sort((a, b) => Number(a) - Number(b)));
  });

  it('even errors are bounded, when nothing else is left to drop', () => {
    const { stream } = stuckStream();
    const logger = createLogger({ destination: stream, maxBufferBytes: 5000 });
    for (let i = 0; i < 1000; i++) logger.error('line', { i });
    expect(stats(logger).dropped).toBeGreaterThan(900);
  });
});

describe('a disk that is full', () => {
  it('neither ends nor blocks the process; when there is room again, it gets what waited and a report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'logging-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'app.log');
    // A limit on the size of files, as `ulimit -f` sets it, needs no root and no mount: the file
    // takes 32 KiB and then fails each write with EFBIG, until somebody truncates it.
    const source = `
      import { createLogger, stats } from '@llm/logging';
      import { truncateSync } from 'node:fs';
      process.on('SIGXFSZ', () => {});
      const logger = createLogger({ destination: ${JSON.stringify(file)}, level: 'debug', maxBufferBytes: 20_000 });
      for (let i = 0; i < 1000; i++) {
        logger.debug('line', { i });
        if (i % 100 === 0) logger.error('line', { i });
      }
      const full = stats(logger);
      await new Promise((resolve) => setTimeout(resolve, 30));
      truncateSync(${JSON.stringify(file)});
      logger.error('room again');
      while (stats(logger).written + stats(logger).dropped < 1011)
        await new Promise((resolve) => setTimeout(resolve, 10));
      console.log(JSON.stringify({ full, end: stats(logger) }));`;
    const command = 'ulimit -f 32 && exec "$0" --input-type=module -e "$1"';
    const child = spawn('bash', ['-c', command, process.execPath, source], { cwd: packageFolder });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    expect(await once(child, 'close'), output).toEqual([0, null]);
    const { full, end } = JSON.parse(output) as Record<'full' | 'end', Record<string, number>>;
    expect(full).toMatchObject({ lastError: 'EFBIG' });
    expect(full['failed']).toBeGreaterThan(0);
    expect(end['dropped']).toBeGreaterThan(0);
    expect(end['written']! + end['dropped']!).toBe(1011);
    expect(statSync(file).size).toBeLessThanOrEqual(32_768);
    // The line that met the limit was torn by the kernel, and the rest of it follows the truncation.
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const parsed = lines.slice(1).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.at(-1)).toMatchObject({ message: 'room again' });
    expect(parsed.find((line) => line['message'] === 'log lines were dropped')).toMatchObject({
      dropped_by_level: { debug: end['dropped'] },
      last_error: 'EFBIG',
    });
  }, 20_000);
});

describe('a transport of others that fails', () => {
  it('does not end the process, is counted, and goes on when it works again', () => {
    const lines: unknown[] = [];
    let broken = true;
    const transport: Transport = new Transport({
      log(info: { message: string }, next: () => void) {
        if (broken)
          transport.emit('error', Object.assign(new Error('too many'), { code: 'EMFILE' }));
        else lines.push(info.message);
        next();
      },
    });
    const logger = createLogger({ destination: false, transports: [transport] });
    for (let i = 0; i < 5; i++) expect(() => logger.info('lost')).not.toThrow();
    expect(stats(logger)).toMatchObject({ failed: 5, lastError: 'EMFILE' });
    broken = false;
    logger.info('again');
    expect(lines).toEqual(['again']);
  });

  it.each([
    ['tells it to its caller', (error: Error, next: (error?: Error) => void) => next(error)],
    [
      'emits it later',
      (error: Error, next: () => void, transport: Transport) => {
        setImmediate(() => transport.emit('error', error));
        next();
      },
    ],
  ])(
    'is not closed by its error, and our own destination goes on: one that %s',
    async (_how, fail) => {
      const { stream, lines, free } = stuckStream();
      free();
      let closed = 0;
      const transport: Transport = new Transport({
        log(_info: unknown, next: () => void) {
          fail(Object.assign(new Error('disk'), { code: 'ENOSPC' }), next, transport);
        },
        close: () => {
          closed++;
        },
      });
      const logger = createLogger({ destination: stream });
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces
      logger.add(transport);
      for (const message of ['first', 'second', 'third']) {
        logger.info(message);
        await new Promise(setImmediate);
        await new Promise(setImmediate);
      }
      expect(lines().map((line) => line['message'])).toEqual(['first', 'second', 'third']);
      expect(stats(logger)).toMatchObject({ written: 3, failed: 3, lastError: 'ENOSPC' });
      expect(closed).toBe(0);
      logger.close();
      expect(closed).toBe(1);
    },
  );

  it.each([
    [
      'winston-daily-rotate-file',
      `new (await import('winston-daily-rotate-file')).default({ dirname, filename: 'app.log', maxSize: '2k' })`,
    ],
    [
      'winston.transports.File',
      `new (await import('winston')).default.transports.File({ dirname, filename: 'app.log', maxsize: 2000 })`,
    ],
  ])(
    'does not end the process where no file can be opened or written: %s',
    async (_name, made) => {
      const folder = mkdtempSync(join(tmpdir(), 'logging-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const run = async (limit: string, fill: string): Promise<Record<string, number>> => {
        const source = `
        import { createLogger, stats } from '@llm/logging';
        import { openSync } from 'node:fs';
        process.on('SIGXFSZ', () => {});
        const dirname = ${JSON.stringify(folder)};
        const logger = createLogger({ destination: false, transports: [${made}] });
        logger.info('first');
        await new Promise((resolve) => setTimeout(resolve, 50));
        ${fill}
        for (let i = 0; i < 200; i++) {
          logger.info('line', { i });
          if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
        process._rawDebug(JSON.stringify(stats(logger)));
        process.exit(0);`;
        const command = `ulimit ${limit} && exec "$0" --input-type=module -e "$1"`;
        const child = spawn('bash', ['-c', command, process.execPath, source], {
          cwd: packageFolder,
        });
        let output = '';
        child.stderr.on('data', (data: Buffer) => (output += data.toString()));
        expect(await once(child, 'close'), output).toEqual([0, null]);
        return JSON.parse(output) as Record<string, number>;
      };
      await run('-n 64', `try { for (;;) openSync('/dev/null'); } catch { /* no more */ }`);
      await run('-f 1', '');
    },
    20_000,
  );
});
