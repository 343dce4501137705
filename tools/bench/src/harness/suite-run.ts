import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SuiteFigures } from './figure-report.js';

/** What became of a suite that was run. */
export type SuiteOutcome =
  { readonly goals: 'met' | 'missed'; readonly found: SuiteFigures } | { readonly failure: string };

/** A process that measures, prints, and writes its figures into a file. */
export interface SuiteProcess {
  readonly script: string;
  readonly args: readonly string[];
  /** Node's own flags. */
  readonly execArgv?: readonly string[];
  /** Where what it prints goes. */
  readonly log: string;
  /** After so long it is killed, with all that it started. */
  readonly limitMillis: number;
}

/** Runs a suite. Whatever it does, this resolves, and nothing of it runs on. */
export async function runSuite(suite: SuiteProcess): Promise<SuiteOutcome> {
  const file = `${suite.log}.figures.json`;
  mkdirSync(dirname(suite.log), { recursive: true });
  rmSync(file, { force: true });
  const log = createWriteStream(suite.log);
  const { ended, pid } = start(suite, file, log);
  if (pid !== undefined) running.add(pid);
  endWithThisProcess();
  const timer = setTimeout(() => endGroup(pid), suite.limitMillis);
  const code = await ended;
  const late = timer.hasRef() && code === 'SIGKILL';
  clearTimeout(timer);
  endGroup(pid);
  log.end();
  try {
    if (!existsSync(file)) {
      const why = late ? `was ended after ${suite.limitMillis / 60_000} minutes` : `ended with ${code}`; // prettier-ignore
      return { failure: `${why} and gave no figures; see ${suite.log}` };
    }
    const found = JSON.parse(readFileSync(file, 'utf8')) as SuiteFigures;
    return { goals: code === 0 ? 'met' : 'missed', found };
  } finally {
    rmSync(file, { force: true });
  }
}

function start(
  { script, args, execArgv = [] }: SuiteProcess,
  file: string,
  log: NodeJS.WritableStream,
) {
  // prettier-ignore
  const child = spawn(process.execPath, [...execArgv, script, ...args, '--figures', file], {
    // A group of its own, so that it can be ended with its children.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
  return { ended, pid: child.pid };
}

/** Groups of processes that run now. */
const running = new Set<number>();
let isWatched = false;

/** A suite is a group of its own, which no signal to this process reaches. */
function endWithThisProcess(): void {
  if (isWatched) return;
  isWatched = true;
  const stop = (): never => process.exit(130);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.once('exit', () => [...running].forEach(endGroup));
}

/** Ends what is left of a group of processes. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  running.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left.
  }
}
