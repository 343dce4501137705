import type { Logger } from 'winston';
import { LoggingConfigError } from './config-error.js';
import { createLogger, outletOf, reconfigure } from './create-logger.js';
import { NAME } from './line/info.js';
import { callsOf, emitAt } from './line/logger-calls.js';
import type { LoggingOptions } from './options.js';

let current: Logger | undefined;

/**
 * Sets up the process's default logger, and returns it. Called again it replaces everything: the same
 * logger, and the children that modules hold of it, write to the new destination; the old one is
 * flushed and closed.
 *
 * @throws LoggingConfigError when an option cannot be used; the default logger then stays as it was.
 */
export function configureLogging(options: LoggingOptions = {}): Logger {
  // A logger that was ended cannot be revived: that one gets a successor.
  if (current?.writable) reconfigure(current, options);
  else current = createLogger(options);
  return current;
}

/** The process's default logger, or a child of it with a name of its own. */
export function getLogger(name?: string): Logger {
  const logger = (current ??= unconfigured());
  return name === undefined ? logger : logger.child({ [NAME]: name });
}

/**
 * Logs with the default logger, and with the ids of the request and the span in progress; outside a
 * request the line has none.
 *
 * @param level a level of the default logger; default `info`.
 */
export function logWithCorrelation(message: string, fields?: object, level = 'info'): void {
  emitAt(getLogger(), level, fields === undefined ? [message] : [message, fields]);
}

/** Resolves when the lines of a logger, the default one if none is given, are handed over, or its `flushTimeoutMillis` passed without progress. */
export async function flushLogs(logger: Logger | undefined = current): Promise<void> {
  if (logger === undefined) return;
  callsOf(logger)?.repeats?.flush();
  await outletOf(logger)?.flush();
}

/** Who logs before `configureLogging` gets the defaults; a mistake in the environment must not throw there. */
function unconfigured(): Logger {
  try {
    return createLogger();
  } catch (error) {
    if (!(error instanceof LoggingConfigError)) throw error;
    const logger = createLogger({ level: 'info' });
    logger.warn(error.message);
    return logger;
  }
}
