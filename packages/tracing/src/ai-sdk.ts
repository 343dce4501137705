export { inferenceMiddleware } from './ai-sdk/inference-middleware.js';
export { inferenceTelemetry } from './ai-sdk/inference-telemetry.js';

export type {
  InferenceMiddleware,
  InferenceMiddlewareOptions,
} from './ai-sdk/inference-middleware.js';
export type { InferenceTelemetry } from './ai-sdk/inference-telemetry.js';
