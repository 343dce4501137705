export { bindCorrelation } from './bind-correlation.js';
export { TracingConfigError } from './config-error.js';
export { contextAttributes } from './context-attributes.js';
export { correlationIdKey, getLlmContext, withLlmContext } from './context-scope.js';
export { extractCorrelation, injectCorrelation } from './correlation-carrier.js';
export { correlationHandler } from './correlation-handler.js';
export {
  generateCorrelationId,
  getCorrelationId,
  isCorrelationId,
  withCorrelationId,
} from './correlation-id.js';
export { correlationMiddleware } from './correlation-middleware.js';
export { CorrelationPropagator } from './correlation-propagator.js';
export { CorrelationSpanProcessor } from './correlation-span-processor.js';
export { recordEvaluation } from './inference/record-evaluation.js';
export { traceAgent } from './inference/trace-agent.js';
export { traceInference } from './inference/trace-inference.js';
export { traceTool } from './inference/trace-tool.js';
export { maskText } from './mask.js';
export { propagateCorrelation } from './outgoing-correlation.js';
export { stats } from './stats.js';
export { traceFunction } from './trace-function.js';

export type { LlmContext } from './context.js';
export type {
  CarriedField,
  CorrelationCarrier,
  InjectCorrelationOptions,
} from './correlation-carrier.js';
export type { CorrelationHandlerOptions, FetchHandler } from './correlation-handler.js';
export type { CorrelationMiddleware } from './correlation-middleware.js';
export type { CorrelationPropagatorOptions } from './correlation-propagator.js';
export type { CorrelationOptions } from './incoming-id.js';
export type { Content, ContentMessage, ContentOptions, ContentPart } from './inference/content.js';
export type {
  InferenceEnd,
  InferenceRecord,
  InferenceStart,
} from './inference/inference-record.js';
export type { Evaluation, RecordEvaluationOptions } from './inference/record-evaluation.js';
export type { InferenceOptions } from './inference/settings.js';
export type { TraceAgentOptions } from './inference/trace-agent.js';
export type {
  InferenceHandle,
  InferenceResponse,
  TraceInferenceOptions,
} from './inference/trace-inference.js';
export type { TraceToolOptions } from './inference/trace-tool.js';
export type { InferenceUsage } from './inference/usage.js';
export type { PropagateCorrelationOptions } from './outgoing-correlation.js';
export type { TracingStats } from './stats.js';
export type { FunctionTracer, TraceFunctionOptions } from './trace-function.js';
