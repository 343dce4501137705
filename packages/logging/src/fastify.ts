export { fastifyLogger } from './fastify/fastify-logger.js';
export { requestLogPlugin } from './fastify/request-log-plugin.js';

export type { FastifyLogger } from './fastify/fastify-logger.js';
export type { FastifyLike, RequestLogPlugin } from './fastify/request-log-plugin.js';
export type {
  RequestLineOptions,
  RequestLogStats,
  RequestLogTarget,
} from './request/request-line-writer.js';
export type { RequestLogOptions } from './request/request-log.js';
export type { RequestLine } from './request/request-line.js';
