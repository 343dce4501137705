import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// These run the built package, as a user's process does.
const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logging-'));
  file = join(folder, 'app.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(code: string, level = '') {
  const source = `
    import { createLogger, configureLogging, logWithCorrelation, stats } from '@llm/logging';
    const file = ${JSON.stringify(file)};
    ${code}`;
  const env = { ...process.env, LOG_LEVEL: level };
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: packageFolder,
    env,
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return { child, stderr: () => stderr };
}

async function run(code: string, level?: string) {
  const { child, stderr } = start(code, level);
  let stdout = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  const started = performance.now();
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { exitCode, signal, stdout, stderr: stderr(), millis: performance.now() - started };
}

function parse(text: string): Record<string, unknown>[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the last line of a process', () => {
  it.each([
    ['process.exit', `logger.info('last'); process.exit(3);`, 3],
    ['an uncaught exception', `logger.info('last'); throw new Error('boom');`, 1],
    ['an unhandled rejection', `logger.info('last'); Promise.reject(new Error('boom'));`, 1],
    ['its natural end', `logger.info('last');`, 0],
    ['a later exit listener', `process.on('exit', () => logger.info('last')); process.exit(0);`, 0],
    [
      'a handler of SIGTERM',
      `process.on('SIGTERM', () => { logger.info('last'); process.exit(0); }); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000);`,
      0,
    ],
  ])('is on disk after %s', async (_case, code, exitCode) => {
    const result = await run(
      `const logger = createLogger({ destination: file }); logger.info('first'); ${code}`,
    );
    expect(result.exitCode).toBe(exitCode);
    expect(parse(readFileSync(file, 'utf8')).map((line) => line['message'])).toEqual([
      'first',
      'last',
    ]);
  });

  it('is on disk after an unhandled SIGTERM or SIGKILL, if its tick was over', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const result = await run(`
        const logger = createLogger({ destination: file });
        logger.info('last');
        setTimeout(() => process.kill(process.pid, '${signal}'), 20);
        setTimeout(() => {}, 5000);`);
      expect(result.signal).toBe(signal);
    }
    expect(parse(readFileSync(file, 'utf8'))).toHaveLength(2);
  });

  it('is on disk after SIGKILL in the middle of its tick, if it was an error', async () => {
    await run(`
      const logger = createLogger({ destination: file });
      logger.info('with it');
      logger.error('last');
      logger.info('may be lost');
      process.kill(process.pid, 'SIGKILL');
      for (;;);`);
    expect(parse(readFileSync(file, 'utf8')).map((line) => line['message'])).toEqual([
      'with it',
      'last',
    ]);
  });

  it('is on disk after a SIGKILL at any moment, but for the turn of the event loop in progress', async () => {
    for (let kill = 0; kill < 6; kill++) {
      const progress = join(folder, `progress-${kill}`);
      file = join(folder, `app-${kill}.log`);
      // After each call its number goes into a file as well, and before the first of a turn that one's.
      const { child } = start(`
        import { openSync, writeSync } from 'node:fs';
        const logger = createLogger({ destination: file });
        const fd = openSync(${JSON.stringify(progress)}, 'w');
        const numbers = new Uint32Array(3);
        let i = 0;
        function turn() {
          numbers[0] = i + 1;
          for (let n = Math.random() * 60; n > 0; n--) {
            i++;
            if (i % 97 === 0) logger.error('line', { i });
            else logger.info('line', { i });
            numbers[1] = i;
            if (i % 97 === 0) numbers[2] = i;
            writeSync(fd, numbers, 0, 12, 0);
          }
          setTimeout(turn, 0);
        }
        turn();
        console.log('started');`);
      await once(child.stdout, 'data');
      const numbersOf = (bytes: Buffer): Uint32Array =>
        new Uint32Array(new Uint8Array(bytes).buffer);
      while ((numbersOf(readFileSync(progress))[1] ?? 0) < 300) await sleep(1);
      await sleep(kill * 3);
      child.kill('SIGKILL');
      await once(child, 'close');
      const [turnStart, called, error] = numbersOf(readFileSync(progress));
      const text = readFileSync(file, 'utf8');
      // The kernel may cut the write in progress.
      const lines = text.slice(0, text.lastIndexOf('\n') + 1);
      const numbers = parse(lines).map((line) => line['i'] as number);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      const last = numbers.length;
      expect(last).toBeGreaterThanOrEqual(turnStart! - 1);
      expect(last).toBeGreaterThanOrEqual(error!);
      expect(called! - last).toBeLessThanOrEqual(60);
    }
  }, 20_000);

  it('reaches a pipe, all 20,000 of them, although the reader is slow', async () => {
    const { child } = start(`
      const logger = createLogger();
      for (let i = 0; i < 20000; i++) logger.info('line', { i });
      logger.info('last');`);
    let text = '';
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 2);
    });
    await once(child.stdout, 'end');
    const lines = parse(text);
    expect(lines).toHaveLength(20_001);
    expect(lines.at(-1)).toMatchObject({ message: 'last' });
  }, 20_000);
});

describe('a signal at which lines are flushed', () => {
  const logger = `createLogger({ destination: file, flushOnSignals: ['SIGTERM', 'SIGHUP'] })`;

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'ends the process as it would have, with the lines of its turn: %s',
    async (signal) => {
      const result = await run(`
        const one = ${logger};
        const two = ${logger};
        one.info('first');
        process.kill(process.pid, '${signal}');
        two.info('last');
        // Signals come between the phases of a turn: this keeps the process until then.
        setTimeout(() => {}, 5000);`);
      expect([result.exitCode, result.signal]).toEqual([null, signal]);
      expect(parse(readFileSync(file, 'utf8')).map((line) => line['message'])).toEqual([
        'first',
        'last',
      ]);
    },
  );

  it('is left to others who listen to it', async () => {
    const result = await run(`
      const logger = ${logger};
      process.on('SIGTERM', () => {
        logger.info('shutting down');
        setTimeout(() => { logger.info('last'); process.exitCode = 7; clearInterval(busy); }, 50);
      });
      const busy = setInterval(() => {}, 1000);
      logger.info('first');
      process.kill(process.pid, 'SIGTERM');`);
    expect([result.exitCode, result.signal]).toEqual([7, null]);
    expect(parse(readFileSync(file, 'utf8')).map((line) => line['message'])).toEqual([
      'first',
      'shutting down',
      'last',
    ]);
  });

  it('is forgotten with the last logger that asked for it, and only those are flushed', async () => {
    const result = await run(`
      const before = process.listenerCount('SIGTERM');
      const loggers = [${logger}, ${logger}];
      const during = process.listenerCount('SIGTERM');
      loggers[0].close();
      const half = process.listenerCount('SIGTERM');
      loggers[1].close();
      loggers[1].close();
      createLogger({ destination: file });
      const after = process.listenerCount('SIGTERM');
      console.log(JSON.stringify([before, during, half, after]));`);
    expect(JSON.parse(result.stdout)).toEqual([0, 1, 1, 0]);
  });

  it('does not wait for a pipe that nobody reads for longer than it was allowed to', async () => {
    const { child } = start(`
      const logger = createLogger({ flushOnSignals: ['SIGTERM'], flushTimeoutMillis: 200 });
      for (let i = 0; i < 5000; i++) logger.info('line', { i });
      process.kill(process.pid, 'SIGTERM');
      setTimeout(() => {}, 10000);`);
    child.stdout.pause();
    const started = performance.now();
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(performance.now() - started).toBeLessThan(5000);
    child.stdout.destroy();
  });
});

describe('uncaught exceptions and rejections', () => {
  it.each([
    [
      'exception',
      'uncaughtException',
      `handleExceptions: true`,
      `throw new TypeError('for bob@example.com', { cause: new Error('root') })`,
    ],
    [
      'rejection',
      'unhandledRejection',
      `handleRejections: true`,
      `await Promise.reject(new TypeError('for bob@example.com', { cause: new Error('root') }))`,
    ],
  ])('are one masked line, then the process ends at once: %s', async (kind, name, option, code) => {
    const result = await run(`
      const logger = createLogger({ destination: file, ${option} });
      setTimeout(async () => { ${code} }, 10);
      setTimeout(() => {}, 8000);`);
    expect(result.exitCode).toBe(1);
    // winston's own console transport makes the process wait for three seconds.
    expect(result.millis).toBeLessThan(2500);
    const [line, ...more] = parse(readFileSync(file, 'utf8'));
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: 'error',
      message: `${name}: for [email]`,
      [kind]: true,
      error: { type: 'TypeError', message: 'for [email]', cause: { message: 'root' } },
    });
    for (const key of ['stack', 'trace', 'process', 'os', 'date'])
      expect(line).not.toHaveProperty(key);
  });

  it('do not end the process where that is not wanted, and logging goes on', async () => {
    const result = await run(`
      const logger = createLogger({ destination: file, handleExceptions: true, exitOnError: false });
      setTimeout(() => { throw 'a text for bob@example.com'; }, 10);
      setTimeout(() => { logger.info('still here'); process.exit(7); }, 200);`);
    expect(result.exitCode).toBe(7);
    const lines = parse(readFileSync(file, 'utf8'));
    expect(lines).toHaveLength(2);
    expect(lines[0]!['error']).toBe('a text for [email]');
    expect(lines[1]).toMatchObject({ message: 'still here' });
  });
});

describe('the standard output', () => {
  it('whose reader is gone neither ends nor blocks the process, which counts the loss', async () => {
    const { child, stderr } = start(`
      const logger = createLogger({ maxBufferBytes: 10000, flushTimeoutMillis: 50 });
      logger.info('first');
      setTimeout(() => {
        for (let i = 0; i < 1000; i++) logger.error('line', { i });
        setTimeout(() => { process.stderr.write(JSON.stringify(stats(logger))); process.exit(4); }, 50);
      }, 150);`);
    child.stdout.once('data', () => child.stdout.destroy());
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(stderr()).toContain('EPIPE');
    const counted = JSON.parse(stderr()) as Record<string, number>;
    expect(exitCode).toBe(4);
    expect(counted['written']).toBe(1);
    expect(counted['dropped']).toBeGreaterThan(800);
    expect(counted['lastError']).toBe('EPIPE');
  });

  it('that nobody reads does not keep the process from ending', async () => {
    const { child } = start(`
      const logger = createLogger({ flushTimeoutMillis: 200 });
      for (let i = 0; i < 5000; i++) logger.info('line', { i });
      process.exit(5);`);
    child.stdout.pause();
    const started = performance.now();
    const [exitCode] = (await once(child, 'exit')) as [number];
    expect(exitCode).toBe(5);
    expect(performance.now() - started).toBeLessThan(5000);
    child.stdout.destroy();
  });

  it('is JSON without colours when it is no terminal', async () => {
    const { stdout } = await run(`configureLogging({ service: 'svc' }).info('text');`);
    expect(parse(stdout)).toMatchObject([{ service: 'svc', message: 'text' }]);
  });
});

describe('logging that was never configured', () => {
  it('goes to the standard output, and tells a mistake in LOG_LEVEL instead of throwing', async () => {
    const { exitCode, stdout } = await run(`logWithCorrelation('text', { a: 1 });`, 'loud');
    expect(exitCode).toBe(0);
    expect(parse(stdout)).toMatchObject([
      { level: 'warn', message: expect.stringContaining('is "loud"') as string },
      { level: 'info', message: 'text', a: 1 },
    ]);
  });

  it('throws for that mistake where it is configured', async () => {
    const { exitCode, stderr } = await run(`configureLogging({});`, 'loud');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'LoggingConfigError: the environment variable LOG_LEVEL must be one of',
    );
  });
});

it('the package can be required', async () => {
  const child = spawn(
    process.execPath,
    ['-e', `require('@llm/logging').createLogger().info('required')`],
    { cwd: packageFolder },
  );
  let stdout = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  await once(child, 'close');
  expect(parse(stdout)).toMatchObject([{ message: 'required' }]);
});
