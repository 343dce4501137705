import type { Logger } from 'winston';
import { getLogger } from './default-logger.js';
import { callsOf } from './line/logger-calls.js';

/** What a logger wrote and what it lost, counted since it was configured. */
export interface LoggingStats {
  /** Lines that its destination took. */
  readonly written: number;
  /** Lines that were lost: the buffer was full, or there was nothing to write to any more. */
  readonly dropped: number;
  /** Attempts to write that ended in an error; their lines were tried again, or count as dropped. */
  readonly failed: number;
  /** Lines that repeated another and were counted instead; other lines tell how many. */
  readonly folded: number;
  /** Lines that transports of others did not get, each counted, because too many waited for them. */
  readonly missed: number;
  /** The code of the last error, such as `ENOSPC` or `EPIPE`. */
  readonly lastError: string | undefined;
}

/** What a logger of ours, the default one if none is given, wrote and lost at its own destination. */
export function stats(logger: Logger = getLogger()): LoggingStats {
  const counters = callsOf(logger)?.counters;
  return counters
    ? { ...counters }
    : { written: 0, dropped: 0, failed: 0, folded: 0, missed: 0, lastError: undefined };
}
