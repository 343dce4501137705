import { define } from './metric-definition.js';

/** Version of OpenTelemetry's GenAI conventions that the names follow; they are not stable yet. */
export const genAiConventions = '1.38';

const call = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const;

/** GenAI client metrics of OpenTelemetry's conventions under Prometheus names, and what they lack: cost, quality. */
export const genAiCatalogue = {
  tokenUsage: define('gen_ai_client_token_usage', 'Tokens of a model call, by type.', [
    ...call,
    'gen_ai_token_type',
  ]),
  operationDuration: define(
    'gen_ai_client_operation_duration_seconds',
    'Time that a model call took to its end, in seconds.',
    [...call, 'error_type'],
  ),
  timeToFirstChunk: define(
    'gen_ai_client_operation_time_to_first_chunk_seconds',
    'Time to the first chunk of a streamed answer, in seconds.',
    call,
  ),
  timePerOutputChunk: define(
    'gen_ai_client_operation_time_per_output_chunk_seconds',
    'Mean time between chunks of a streamed answer after the first, in seconds.',
    call,
  ),
  inFlight: define('gen_ai_client_active_requests', 'Model calls in progress.', [
    'gen_ai_provider_name',
    'gen_ai_request_model',
  ]),
  cost: define(
    'gen_ai_client_cost_usd_total',
    'Cost of model calls whose price is known, in US dollars.',
    ['gen_ai_provider_name', 'gen_ai_request_model', 'tenant_id'],
  ),
  costUnknown: define(
    'gen_ai_client_cost_unknown_total',
    'Model calls whose cost is not known: no price for the model, or no usage in the answer.',
    ['gen_ai_provider_name', 'gen_ai_request_model', 'reason'],
  ),
  evaluationScore: define(
    'gen_ai_evaluation_score',
    'Scores of evaluations and feedback, from 0 to 1.',
    ['gen_ai_evaluation_name', 'gen_ai_request_model'],
  ),
  evaluations: define('gen_ai_evaluations_total', 'Evaluations and feedback, by verdict.', [
    'gen_ai_evaluation_name',
    'gen_ai_request_model',
    'gen_ai_evaluation_score_label',
  ]),
} as const;

/** Powers of 4, as the conventions advise. */
export const tokenBuckets: readonly number[] = Array.from({ length: 14 }, (_, i) => 4 ** i);
/** From 10 ms on, doubling, as the conventions advise. */
export const secondsBuckets: readonly number[] = Array.from({ length: 14 }, (_, i) => 2 ** i / 100);
