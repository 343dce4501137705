import { constants } from 'node:os';
import type { Logger } from 'winston';
import { LoggingConfigError } from '../config-error.js';

/** Those that node or the system keep for themselves, and those that are to end the process. */
const taken = new Set(['SIGKILL', 'SIGSTOP', 'SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGPROF']);
const listening = new WeakMap<Logger, () => void>();

/** Whether a signal can be listened to without taking away what it is for. */
export function isFreeSignal(signal: unknown): signal is NodeJS.Signals {
  return (
    typeof signal === 'string' && Object.hasOwn(constants.signals, signal) && !taken.has(signal)
  );
}

/** Calls at each signal until the logger is closed or ended, or follows another; none at undefined. */
export function followSignal(
  logger: Logger,
  signal: NodeJS.Signals | undefined,
  call: () => void,
): void {
  listening.get(logger)?.();
  if (signal === undefined) return;
  const stop = (): void => {
    process.off(signal, call);
    logger.off('close', stop).off('finish', stop);
    listening.delete(logger);
  };
  try {
    process.on(signal, call);
  } catch (error) {
    throw new LoggingConfigError('levelSignal', signal, 'a signal that this system has', error);
  }
  listening.set(logger, stop);
  logger.on('close', stop).on('finish', stop);
}
