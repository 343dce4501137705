interface Drainable {
  drain(): void;
}

const open = new Set<Drainable>();

function drainAll(): void {
  for (const one of open) one.drain();
}

/** Has the outlet drained when the process exits; returns what takes that back. One listener serves all. */
export function drainOnExit(outlet: Drainable): () => void {
  if (open.size === 0) process.on('exit', drainAll);
  open.add(outlet);
  return () => {
    if (open.delete(outlet) && open.size === 0) process.off('exit', drainAll);
  };
}
