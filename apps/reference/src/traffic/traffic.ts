import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Progress, SenderSettings } from './sender.js';

export interface Traffic {
  /** What the clients have seen so far. */
  progress(): Progress | undefined;
  stop(): Promise<void>;
}

export interface TrafficListener {
  onProgress(progress: Progress): void;
  /** The clients could not go on: a file that cannot be read, for example. */
  onFailure(reason: string): void;
}

const program = fileURLToPath(new URL('./sender.js', import.meta.url));

/** Starts the clients, in a process that ends with this one. */
export function startTraffic(settings: SenderSettings, listener: TrafficListener): Traffic {
  const child = fork(program, [JSON.stringify(settings)], { execArgv: [] });
  let latest: Progress | undefined;
  child.on('message', (message: Progress | { type: 'failed'; reason: string }) => {
    if (message.type === 'failed') {
      listener.onFailure(message.reason);
      return;
    }
    latest = message;
    listener.onProgress(message);
  });
  return {
    progress: () => latest,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
