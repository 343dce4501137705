import type { Logger } from 'winston';
import { LoggingConfigError } from '../config-error.js';
import { getLogger } from '../default-logger.js';
import { callsOf } from '../line/logger-calls.js';

/** Which logger's level is set. */
export interface LogLevelOptions {
  /** Name of a logger, as `getLogger` was given it; its children follow. Default: all that have no level of their own. */
  readonly logger?: string | undefined;
  /** A logger of `createLogger`, or a child of it. Default: the default logger. */
  readonly of?: Logger | undefined;
}

/**
 * Sets what is written, from now on: `setLogLevel('debug')`, `setLogLevel('debug', { logger: 'database' })`.
 *
 * @param level one of the logger's levels; undefined takes back what was set before
 * @throws LoggingConfigError for a level that the logger does not have
 */
export function setLogLevel(level: string | undefined, options: LogLevelOptions = {}): void {
  const logger = options.of ?? getLogger();
  if (level !== undefined && !Object.hasOwn(logger.levels, level)) {
    const expected = `one of ${Object.keys(logger.levels).join(', ')}`;
    throw new LoggingConfigError('level', level, expected);
  }
  callsOf(logger)?.thresholds.set(level, options.logger);
}
