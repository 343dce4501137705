import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, flushLogs, stats } from '../../src/index.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'logging-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly level: string;
  readonly message: string;
  readonly dropped?: number;
  readonly i?: number;
}

function parse(text: string): Line[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('a file as destination', () => {
  it('is created with its folders, appended to, and complete after close', () => {
    const path = join(folder, 'a', 'b', 'app.log');
    for (const run of [1, 2]) {
      const logger = createLogger({ destination: path });
      for (let i = 0; i < 1000; i++) logger.info('line', { run, i });
      logger.close();
      expect(stats(logger)).toEqual({
        written: 1000,
        dropped: 0,
        failed: 0,
        folded: 0,
        missed: 0,
        lastError: undefined,
      });
    }
    const lines = parse(readFileSync(path, 'utf8'));
    expect(lines.map((line) => line.i)).toEqual([...Array(2000).keys()].map((i) => i % 1000));
  });

  it('has a line of level error when the call returns, and the others at the end of the tick', async () => {
    const path = join(folder, 'app.log');
    const logger = createLogger({ destination: path });
    logger.info('one');
    expect(readFileSync(path, 'utf8')).toBe('');
    logger.error('two');
    expect(parse(readFileSync(path, 'utf8')).map((line) => line.message)).toEqual(['one', 'two']);
    logger.info('three');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(parse(readFileSync(path, 'utf8'))).toHaveLength(3);
    logger.close();
  });

  it('takes 30,000 lines of one tick without holding them in memory', () => {
    const path = join(folder, 'app.log');
    const logger = createLogger({ destination: path, maxBufferBytes: 100_000 });
    for (let i = 0; i < 30_000; i++) logger.info('line', { i });
    logger.close();
    expect(stats(logger)).toMatchObject({ written: 30_000, dropped: 0 });
    expect(parse(readFileSync(path, 'utf8'))).toHaveLength(30_000);
  }, 20_000);

  it.skipIf(!existsSync('/dev/full'))(
    'that is full neither throws nor grows, and its loss is counted',
    async () => {
      const logger = createLogger({
        destination: '/dev/full',
        maxBufferBytes: 20_000,
        flushTimeoutMillis: 50,
      });
      for (let i = 0; i < 2000; i++) logger.error('line', { i });
      const full = stats(logger);
      expect(full.lastError).toBe('ENOSPC');
      expect(full.failed).toBeGreaterThan(0);
      expect(full.dropped).toBeGreaterThan(1000);
      expect(full.written).toBe(0);
      logger.close();
      await sleep(200);
      logger.info('after close');
      expect(stats(logger)).toMatchObject({ written: 0, dropped: 2001 });
    },
  );
});

describe('a pipe as destination', () => {
  it('that nobody reads never blocks; what was dropped is reported where it is missing', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = spawn('sh', ['-c', `exec 3<"${fifo}"; echo open; read go; cat <&3`]);
    let read = '';
    const holder = spawn('sh', ['-c', `exec 4<>"${fifo}"; sleep 20`]);
    try {
      // A FIFO opens for writing only when somebody has it open for reading.
      const logger = await vi.waitFor(
        () => createLogger({ destination: fifo, maxBufferBytes: 50_000, service: 'svc' }),
        { timeout: 5000 },
      );
      const start = performance.now();
      for (let i = 0; i < 5000; i++) logger.info('line', { i });
      await sleep(50);
      expect(performance.now() - start).toBeLessThan(3000);
      const blocked = stats(logger);
      expect(blocked.dropped).toBeGreaterThan(1000);
      expect(blocked.failed).toBe(0);

      reader.stdout.on('data', (data: Buffer) => (read += data.toString()));
      reader.stdin.write('go\n');
      await flushLogs(logger);
      logger.info('last');
      await flushLogs(logger);
      await sleep(200);
      logger.close();

      const lines = parse(read.replace(/^open\n/, ''));
      const { written, dropped } = stats(logger);
      expect(written + dropped).toBe(5001);
      const reports = lines.filter((line) => line.dropped !== undefined);
      expect(reports.reduce((sum, line) => sum + (line.dropped ?? 0), 0)).toBe(dropped);
      expect(reports[0]).toMatchObject({
        level: 'warn',
        service: 'svc',
        message: 'log lines were dropped',
      });
      expect(lines.length - reports.length).toBe(written);
      // Everything stands in order, and each gap has exactly the size that its report says.
      let next = 0;
      for (const line of lines.slice(0, -1)) {
        if (line.dropped === undefined) expect(line.i).toBe(next++);
        else next += line.dropped;
      }
      expect(lines.at(-1)?.message).toBe('last');
    } finally {
      reader.kill('SIGKILL');
      holder.kill('SIGKILL');
    }
  });
});

it('a new file can be read and written by its owner only as far as the umask says', () => {
  const path = join(folder, 'app.log');
  createLogger({ destination: path }).close();
  expect(statSync(path).mode & 0o022).toBe(0);
});
