import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
