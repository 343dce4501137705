import type { TransportLimits } from './guarded-transports.js';
import { MESSAGE, type Info } from '../line/info.js';

/** What an info takes besides its line, about, bytes. */
const infoBytes = 512;
/** What of a transport is needed here. */
export interface BoundedTarget {
  write: Write;
}

/** A transport may be added, removed and added again. */
const guarded = new WeakSet<BoundedTarget>();

type Done = (error?: Error | null) => void;
type Write = (info: Info, encoding?: unknown, done?: Done) => boolean;

/**
 * Lets a transport of others fall behind on its own, and not without bound. winston feeds all transports
 * at the speed of the slowest, and keeps in memory what that one has not taken: here it always goes on,
 * and a transport whose own queue holds too much gets no more lines until there is room again.
 *
 * @param limits asked at each line
 */
export function boundBacklog(target: BoundedTarget, limits: () => TransportLimits): void {
  if (guarded.has(target)) return;
  guarded.add(target);
  const write = target.write.bind(target);
  let waiting = 0;
  const bounded: Write = (info, encoding, done) => {
    const callback = typeof encoding === 'function' ? (encoding as Done) : done;
    const { counters, maxBacklogBytes } = limits();
    const bytes = sizeOf(info);
    if (waiting > 0 && waiting + bytes > maxBacklogBytes) {
      counters.missed++;
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    waiting += bytes;
    let left = false;
    // The wrapper of old transports calls it twice.
    write(info, undefined, (error) => {
      if (!left) waiting -= bytes;
      left = true;
      callback?.(error);
    });
    return true;
  };
  Object.defineProperty(target, 'write', { value: bounded, configurable: true, writable: true });
}

function sizeOf(info: Info): number {
  const line = info[MESSAGE];
  return infoBytes + (typeof line === 'string' ? line.length : 0);
}
