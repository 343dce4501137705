import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { llmContext } from '../../src/context.js';
import { createLogger, flushLogs, stats, type LoggingOptions } from '../../src/index.js';
import { NAME } from '../../src/line/info.js';
import { collector } from '../collector.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function set(options: LoggingOptions = {}) {
  const out = collector();
  const logger = createLogger({
    destination: out.stream,
    foldRepeats: { windowMillis: 1000 },
    level: 'debug',
    ...options,
  });
  return { out, logger, texts: () => out.lines().map(({ message }) => message) };
}

describe('lines that repeat', () => {
  it('are written once at once, and then told by number at the end of the window', () => {
    const { out, logger, texts } = set();
    llmContext.run({ correlationId: 'c-1' }, () => {
      for (let n = 0; n <= 4812; n++) logger.error('connection refused', { n });
    });
    expect(texts()).toEqual(['connection refused']);
    vi.advanceTimersByTime(999);
    expect(texts()).toHaveLength(1);
    vi.advanceTimersByTime(2);
    expect(out.lines()[1]).toMatchObject({
      level: 'error',
      logger: 'root',
      message: 'repeated 4,812 times: connection refused',
      repeated: 4812,
    });
    expect(out.lines()[1]).not.toHaveProperty('correlation_id');
    expect(stats(logger)).toMatchObject({ folded: 4812 });
    logger.error('connection refused');
    vi.advanceTimersByTime(5000);
    expect(texts()).toHaveLength(3);
  });

  it('are the same by level, logger, message before its arguments and class of error', () => {
    const { logger, texts } = set();
    const child = logger.child({ [NAME]: 'database' });
    for (let n = 0; n < 2; n++) {
      logger.info('user %s failed', `u${n}`);
      logger.warn('user %s failed', `u${n}`);
      child.info('user %s failed', `u${n}`, { more: n });
      logger.error(new RangeError('refused'));
      logger.error(new TypeError('refused'));
      logger.error('refused', { error: new TypeError('other') });
      logger.log('info', 'user %s failed', `u${n}`);
      logger.log({ level: 'info', message: 'user %s failed' });
    }
    const user = 'user u0 failed';
    expect(texts()).toEqual([user, user, user, 'refused', 'refused']);
    void flushLogs(logger);
    expect(texts().slice(5)).toEqual([
      'repeated 5 times: user %s failed',
      'repeated once: user %s failed',
      'repeated once: user %s failed',
      'repeated once: refused',
      'repeated 3 times: refused',
    ]);
  });

  it('are told on flush, close and end, and lines below the level are not counted', async () => {
    for (const end of ['flush', 'close', 'end'] as const) {
      const { logger, texts } = set({ level: 'info' });
      for (let n = 0; n < 3; n++) {
        logger.info('text');
        logger.debug('off');
      }
      if (end === 'flush') await flushLogs(logger);
      else logger[end]();
      expect(texts()).toEqual(['text', 'repeated 2 times: text']);
      expect(stats(logger).folded).toBe(2);
    }
  });

  it('are all written where folding is off, and what has no text always is', () => {
    const { logger, texts } = set({ foldRepeats: false });
    for (let n = 0; n < 3; n++) logger.info('text');
    expect(texts()).toHaveLength(3);
    const folded = set();
    for (let n = 0; n < 3; n++) {
      folded.logger.info({ n } as never);
      folded.logger.info('x'.repeat(2000));
    }
    expect(folded.texts()).toHaveLength(6);
  });

  it('are remembered in bounded memory: more of them are written', () => {
    const { logger, texts } = set({ foldRepeats: { maxTexts: 10 } });
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 30; n++) logger.info(`text ${n}`);
    }
    expect(texts()).toHaveLength(30 + 20);
    vi.advanceTimersByTime(10_001);
    expect(texts()).toHaveLength(50 + 10);
    logger.info('text 29');
    logger.info('text 29');
    expect(texts()).toHaveLength(61);
  });

  it('are neither lost nor counted twice, whatever comes when', () => {
    const step = fc.oneof(
      fc.record({ text: fc.constantFrom('a', 'b', 'c', 'd'), error: fc.boolean() }),
      fc.integer({ min: 1, max: 1500 }),
      fc.constant('flush' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { out, logger } = set({ foldRepeats: { windowMillis: 1000, maxTexts: 3 } });
        const logged: Record<string, number> = {};
        for (const one of steps) {
          if (one === 'flush') void flushLogs(logger);
          else if (typeof one === 'number') vi.advanceTimersByTime(one);
          else {
            logger[one.error ? 'error' : 'info'](one.text);
            logged[one.text] = (logged[one.text] ?? 0) + 1;
          }
        }
        logger.close();
        const told: Record<string, number> = {};
        for (const { message, repeated } of out.lines() as {
          message: string;
          repeated?: number;
        }[]) {
          const text = message.at(-1)!;
          told[text] = (told[text] ?? 0) + (repeated ?? 1);
        }
        expect(told).toEqual(logged);
      }),
      { numRuns: 200 },
    );
  });
});

it('lines that repeat are told when the process exits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'repeats-'));
  const path = join(folder, 'log');
  const index = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
  try {
    const script = `import { createLogger } from ${index};
      const logger = createLogger({ destination: ${JSON.stringify(path)}, foldRepeats: true });
      for (let n = 0; n < 5; n++) logger.info('text');
      if (process.argv[1] === 'exit') process.exit(0);`;
    for (const end of ['exit', 'natural']) {
      rmSync(path, { force: true });
      execFileSync(process.execPath, ['--input-type=module', '-e', script, end]);
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
        'text',
        'repeated 4 times: text',
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
