import type { Outlet } from './outlet.js';

type Flushable = Pick<Outlet, 'drain' | 'flush'>;

/** Outlets by the signal at which they are flushed; one listener a signal serves all. */
const open = new Map<NodeJS.Signals, Set<Flushable>>();

/**
 * Has an outlet flushed at signals; returns what takes that back. The signal then does what it would
 * have done without us: if nobody else listens to it, it is raised again, and ends the process.
 */
export function flushOnSignals(outlet: Flushable, signals: readonly NodeJS.Signals[]): () => void {
  for (const signal of signals) {
    const outlets = open.get(signal);
    if (outlets !== undefined) {
      outlets.add(outlet);
      continue;
    }
    open.set(signal, new Set([outlet]));
    process.on(signal, flushAll);
  }
  return () => {
    for (const signal of signals) {
      const outlets = open.get(signal);
      if (outlets?.delete(outlet) !== true || outlets.size > 0) continue;
      open.delete(signal);
      process.off(signal, flushAll);
    }
  };
}

function flushAll(signal: NodeJS.Signals): void {
  const outlets = open.get(signal) ?? new Set();
  if (process.listenerCount(signal) > 1) {
    // Whoever else listens decides how this goes on; if that is the end, the exit hook drains.
    for (const outlet of outlets) void outlet.flush();
    return;
  }
  for (const outlet of outlets) outlet.drain();
  process.off(signal, flushAll);
  process.kill(process.pid, signal);
}
