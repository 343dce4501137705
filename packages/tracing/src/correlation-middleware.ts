import type { IncomingMessage, ServerResponse } from 'node:http';
import { incomingIds, type CorrelationOptions } from './incoming-id.js';
import { enterRequest } from './request-scope.js';
import { counters } from './stats.js';

/** A middleware of Express, Connect or plain `node:http`. */
export type CorrelationMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Gives each request a correlation id and runs the rest of its handling under it.
 *
 * The id is taken from `X-Correlation-ID`, then from `X-Request-ID`, if valid and trusted; else it is
 * made. The response carries it in `X-Correlation-ID`, the active span as the attribute `correlation_id`.
 *
 * @throws TracingConfigError naming the option that is wrong
 */
export function correlationMiddleware(options?: CorrelationOptions): CorrelationMiddleware {
  const ids = incomingIds(options);
  return (req, res, next) => {
    const id = ids.idOf(req);
    try {
      res.setHeader(ids.headerName, id);
    } catch {
      // The headers are out already: the request goes on without the echo.
      counters.internalErrors++;
    }
    enterRequest(id, req, res, () => {
      next();
    });
  };
}
