import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestLogStats } from './request-line-writer.js';
import { RequestLog, type RequestLogOptions } from './request-log.js';

/** A middleware of Express, Connect or plain `node:http` that logs each request in one line. */
export interface RequestLogger {
  (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
  /** Tells the line of a request its error, and passes it on: `app.use(requests.onError)` behind the routes. */
  readonly onError: (
    error: unknown,
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ) => void;
  stats(): RequestLogStats;
}

/**
 * One line for each request, when it is over: method, route, status, duration, bytes, and the ids of
 * its context, wherever in the chain that was entered.
 *
 * @throws LoggingConfigError naming the option that is wrong
 */
export function requestLogger(options?: RequestLogOptions): RequestLogger {
  const log = new RequestLog(options);
  const middleware = (
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ): void => {
    log.observe(req, res, () => log.expressRoute(req));
    try {
      next();
    } catch (error) {
      log.noteError(req, error);
      throw error;
    }
  };
  return Object.assign(middleware, {
    // Express knows by its four parameters that it takes errors.
    onError(
      error: unknown,
      req: IncomingMessage,
      _res: ServerResponse,
      next: (error?: unknown) => void,
    ): void {
      log.noteError(req, error);
      next(error);
    },
    stats: () => log.stats(),
  });
}
