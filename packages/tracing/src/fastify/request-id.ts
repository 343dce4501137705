import type { IncomingMessage } from 'node:http';
import { incomingIds, type CorrelationOptions } from '../incoming-id.js';

/**
 * Makes Fastify's `genReqId`, so that `request.id` (and Fastify's own log lines) are the correlation id.
 *
 * @throws TracingConfigError naming the option that is wrong
 */
export function createGenReqId(options?: CorrelationOptions): (req: IncomingMessage) => string {
  return incomingIds(options).idOf;
}

/** Fastify's `genReqId` with the default options: `Fastify({ genReqId })`. */
export const genReqId: (req: IncomingMessage) => string = /* @__PURE__ */ createGenReqId();
