import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The program's path, looked up on PATH and where Debian puts servers; undefined when there is none. Those that
 * `works` says no to are passed over.
 */
export function findProgram(
  name: string,
  works: (path: string) => boolean = () => true,
): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  for (const directory of directories.filter(Boolean)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
    } catch {
      continue;
    }
    if (works(path)) return path;
  }
  return undefined;
}

/** What to look for, in order, and where it comes from when it is not there. */
export interface ProgramSource {
  /** Names under which platforms ship it, the preferred one first. */
  readonly names: readonly [string, ...string[]];
  /** The Debian package that brings it. */
  readonly debianPackage: string;
  /** The Homebrew formula that brings it. */
  readonly homebrewFormula: string;
  /** The variable that points tests at a running one instead, where there is one. */
  readonly variable?: string;
  /** Whether the program found is one that will do: a Python may lack the module that is wanted. Default: any is. */
  readonly works?: (path: string) => boolean;
}

/**
 * The program's path. As root on Debian its package is installed when it is missing.
 *
 * @throws Error that says what to install.
 */
export async function requireProgram(source: ProgramSource): Promise<string> {
  const found = firstOf(source);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    await oneAtATime(async () => {
      if (firstOf(source) === undefined) await installDebianPackage(source.debianPackage);
    });
    const installed = firstOf(source);
    if (installed !== undefined) return installed;
  }
  const orUrl =
    source.variable === undefined ? '' : `, or set ${source.variable} to the URL of a running one`;
  throw new Error(
    `${source.names[0]} is needed by this test and is not on PATH: ` +
      `apt-get install ${source.debianPackage} (Debian, Ubuntu) or brew install ${source.homebrewFormula} (macOS)${orUrl}`,
  );
}

function firstOf({ names, works }: ProgramSource): string | undefined {
  for (const name of names) {
    const path = findProgram(name, works);
    if (path !== undefined) return path;
  }
  return undefined;
}

async function installDebianPackage(name: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '--no-install-recommends', name];
  try {
    await run('apt-get', args, { env, maxBuffer: 64 << 20 });
  } catch {
    // An old package list names versions that are gone: refresh it once.
    await run('apt-get', ['update'], { env, maxBuffer: 64 << 20 });
    await run('apt-get', args, { env, maxBuffer: 64 << 20 });
  }
}

/** Test files run in parallel processes; apt takes one at a time. */
async function oneAtATime(work: () => Promise<void>): Promise<void> {
  const lock = join(tmpdir(), 'test-services.install.lock');
  for (;;) {
    try {
      await (await open(lock, 'wx')).close();
      break;
    } catch {
      const age = await stat(lock).then(
        (s) => Date.now() - s.mtimeMs,
        () => 0,
      );
      if (age > 600_000) await rm(lock, { force: true });
      else await setTimeout(250);
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}
