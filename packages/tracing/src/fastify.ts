export { correlationPlugin } from './fastify/correlation-plugin.js';
export { createGenReqId, genReqId } from './fastify/request-id.js';

export type { CorrelationPlugin, FastifyLike } from './fastify/correlation-plugin.js';
export type { CorrelationOptions } from './incoming-id.js';
