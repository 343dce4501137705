import { constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { LoggingConfigError } from '../config-error.js';
import { FdOutlet } from './fd-outlet.js';
import type { Outlet, OutletSettings } from './outlet.js';
import { StreamOutlet } from './stream-outlet.js';

/** Opens a stream or a file for writing lines. @throws LoggingConfigError */
export function openDestination(destination: Writable | string, settings: OutletSettings): Outlet {
  if (typeof destination === 'string') return new FdOutlet(openFile(destination), true, settings);
  const fd = standardFd(destination);
  return fd === undefined
    ? new StreamOutlet(destination, settings)
    : new FdOutlet(fd, false, settings);
}

/** Whether a destination is a terminal. */
export function isTerminal(destination: Writable | string | false): boolean {
  return typeof destination === 'object' && (destination as { isTTY?: unknown }).isTTY === true;
}

function openFile(path: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants;
  try {
    makeFolder(dirname(path));
    // Non-blocking matters to a FIFO only: a reader that is slow must not stop the host.
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent on Windows
    return openSync(path, O_APPEND | O_CREAT | O_WRONLY | (O_NONBLOCK ?? 0), 0o644);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new LoggingConfigError(
      'destination',
      path,
      `a file that can be appended to (${code ?? String(error)})`,
      error,
    );
  }
}

// Node's own recursive mkdir never returns where a folder cannot be made, such as in /proc.
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path);
}

// The process's own output is written by its descriptor: at exit that can still be done, and node
// has made it non-blocking when it is a pipe. A worker's output belongs to the main thread.
function standardFd(stream: Writable): number | undefined {
  if (!isMainThread) return undefined;
  if (stream !== process.stdout && stream !== process.stderr) return undefined;
  const { fd } = stream as { fd?: unknown };
  return typeof fd === 'number' ? fd : undefined;
}
