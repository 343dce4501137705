import type { Gap, LineQueue } from './line-queue.js';

/** Where lines leave the process. Nothing in it throws. */
export interface Outlet {
  /**
   * Takes one line, newline included; an urgent one is handed over before the call returns.
   *
   * @param rank of its level; what is least severe is dropped first
   */
  write(line: string, urgent: boolean, rank: number): void;
  /** Resolves when everything is handed over, or nothing moved for `flushTimeoutMillis`. */
  flush(): Promise<void>;
  /** Hands over all it can before the process ends, blocking at most `flushTimeoutMillis`. */
  drain(): void;
  /** Flushes, then lets go of the destination; what could not be written is counted as dropped. */
  close(done?: () => void): void;
}

/** What every outlet is made with. */
export interface OutletSettings {
  readonly queue: LineQueue;
  readonly counters: Counters;
  readonly flushTimeoutMillis: number;
  /** Signals at which it is flushed. */
  readonly signals: readonly NodeJS.Signals[];
  /** The line that tells which lines were dropped, newline included. */
  readonly gapLine: (gap: Gap) => string;
}

/** What a logger wrote and lost; the fields of `LoggingStats`. */
export interface Counters {
  written: number;
  dropped: number;
  failed: number;
  folded: number;
  missed: number;
  lastError: string | undefined;
}

/** Notes an attempt that failed; the code is kept, not the message, which may name paths. */
export function noteFailure(counters: Counters, error: unknown): void {
  counters.failed++;
  const code = (error as { code?: unknown } | null | undefined)?.code;
  counters.lastError = typeof code === 'string' ? code : 'unknown';
}
