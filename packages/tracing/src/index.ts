export { TracingConfigError } from './config-error.js';
export { contextAttributes } from './context-attributes.js';
export { correlationIdKey, getLlmContext, withLlmContext } from './context-scope.js';
export {
  generateCorrelationId,
  getCorrelationId,
  isCorrelationId,
  withCorrelationId,
} from './correlation-id.js';
export { correlationMiddleware } from './correlation-middleware.js';
export { maskText } from './mask.js';
export { stats } from './stats.js';
export { traceFunction } from './trace-function.js';

export type { LlmContext } from './context.js';
export type { CorrelationMiddleware } from './correlation-middleware.js';
export type { CorrelationOptions } from './incoming-id.js';
export type { TracingStats } from './stats.js';
export type { FunctionTracer, TraceFunctionOptions } from './trace-function.js';
