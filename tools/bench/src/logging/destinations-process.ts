/** Logs a burst in one tick to a destination in trouble, and tells what became of it and of the memory. */
import { openSync, readFileSync, truncateSync } from 'node:fs';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, flushLogs, stats, type LoggingStats } from '@llm/logging';
import { givenJob, tell } from '../fresh-process.js';

export const troubles = {
  'a file': { path: 'file' },
  'a full disk': { path: '/dev/full' },
  'a full disk, then room': { path: 'file', limit: true },
  'a pipe without reader': { path: 'stdout' },
  'a pipe, read later': { path: 'stdout' },
  'a stream that takes nothing': { path: 'stream' },
  'no descriptor left': { path: 'file', descriptors: true },
} as const;
export type Trouble = keyof typeof troubles;

export interface TroubleJob {
  readonly trouble: Trouble;
  readonly path: string;
  readonly lines: number;
  readonly maxBufferBytes: number;
}

export interface TroubleResult {
  /** Milliseconds that the burst held up the process. */
  readonly burstMillis: number;
  /** What the process grew by at its greatest, bytes. */
  readonly grownBytes: number;
  readonly atBurst: LoggingStats;
  readonly atEnd: LoggingStats;
  /** Lost lines that lines told of which were read, and then removed to make room. */
  readonly told: number;
}

/** Lost lines that the lines of a log tell of. */
export function lossToldIn(text: string): number {
  let told = 0;
  for (const line of text.split('\n')) {
    try {
      told += (JSON.parse(line) as { dropped?: number }).dropped ?? 0;
    } catch {
      // A line that a limit cut.
    }
  }
  return told;
}

/** Every tenth line is more severe: nine of ten have to go first. */
const severe = 10;

async function measure({ trouble, path, lines, maxBufferBytes }: TroubleJob): Promise<object> {
  const setting = troubles[trouble];
  const destination =
    setting.path === 'stdout'
      ? process.stdout
      : setting.path === 'stream'
        ? new Writable({ write: () => undefined })
        : setting.path === 'file'
          ? path
          : setting.path;
  process.on('SIGXFSZ', () => undefined);
  const logger = createLogger({
    ...{ destination, level: 'debug', maxBufferBytes, format: 'json', flushTimeoutMillis: 500 },
  });
  for (let i = 0; i < 2000; i++) logger.debug('warm', { i });
  await flushLogs(logger);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  if ('descriptors' in setting) {
    try {
      for (;;) openSync('/dev/null', 'r');
    } catch {
      // None is left.
    }
  }
  const started = performance.now();
  for (let i = 0; i < lines; i++) {
    if (i % severe === 0) logger.warn('line', { i, model: 'm', tokens: 12, tenant: 'acme' });
    else logger.debug('line', { i, model: 'm', tokens: 12, tenant: 'acme' });
  }
  const burstMillis = performance.now() - started;
  const atBurst = stats(logger);
  if (trouble === 'a pipe, read later') {
    process.send?.({ read: true });
    await flushLogs(logger);
  }
  let told = 0;
  if ('limit' in setting) {
    // Somebody makes room, as often as it takes.
    for (let tries = 0; tries < 400 && unfinished(stats(logger), lines); tries++) {
      told += lossToldIn(readFileSync(path, 'utf8'));
      truncateSync(path);
      logger.warn('line after', { tries });
      await sleep(50);
    }
  }
  logger.warn('last');
  await flushLogs(logger);
  const grownBytes = process.resourceUsage().maxRSS * 1024 - before;
  const result: TroubleResult = { burstMillis, grownBytes, atBurst, atEnd: stats(logger), told };
  return result;
}

function unfinished({ written, dropped }: LoggingStats, lines: number): boolean {
  return written + dropped < lines + 2000;
}

if (process.send !== undefined) {
  const job = givenJob() as TroubleJob;
  if (job.trouble === 'a pipe without reader') {
    process.send({ ready: true });
    await once(process, 'message');
  }
  tell(await measure(job), () => process.exit(0));
}
