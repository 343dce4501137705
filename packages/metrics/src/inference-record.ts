/** Where model calls are published; nothing is paid when nobody listens. */
export const inferenceChannel = 'llm:inference';

/** Tokens as the provider reports them; `docs/inference-record.md` says how they are counted once. */
export interface InferenceUsage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cacheReadInputTokens?: number | undefined;
  readonly cacheCreationInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  /** Whether `inputTokens` includes the cached ones. Default as the provider has it. */
  readonly inputIncludesCached?: boolean | undefined;
  /** Whether `outputTokens` includes the reasoning ones. Default as the provider has it. */
  readonly outputIncludesReasoning?: boolean | undefined;
}

/** A model call that begins. */
export interface InferenceStart {
  readonly version: 1;
  readonly event: 'start';
  /** The same in the record of its end; unique in the process. */
  readonly id: string;
  /** `gen_ai.provider.name`, such as `openai`, `anthropic`, `aws.bedrock`. */
  readonly provider: string;
  /** `gen_ai.operation.name`, such as `chat`, `embeddings`. */
  readonly operation: string;
  readonly requestModel: string;
  readonly tenantId?: string | undefined;
}

/** A model call that is over: answered, read to its end, left early, aborted or failed. */
export interface InferenceEnd extends Omit<InferenceStart, 'event'> {
  readonly event: 'end';
  readonly responseModel?: string | undefined;
  readonly durationMillis: number;
  /** Of streamed answers. */
  readonly timeToFirstChunkMillis?: number | undefined;
  /** Chunks of a streamed answer. */
  readonly outputChunks?: number | undefined;
  readonly usage?: InferenceUsage | undefined;
  readonly finishReason?: string | undefined;
  /** `error.type`; absent when the call succeeded. */
  readonly errorType?: string | undefined;
}

/** A record on the channel `llm:inference`, see `docs/inference-record.md`. */
export type InferenceRecord = InferenceStart | InferenceEnd;

/** A record of this version with what every record has; the channel is open to everybody. */
export function isInferenceRecord(message: unknown): message is InferenceRecord {
  const record = message as Partial<InferenceRecord> | null | undefined;
  return (
    typeof record === 'object' &&
    record !== null &&
    record.version === 1 &&
    (record.event === 'start' || (record.event === 'end' && isAmount(record.durationMillis))) &&
    typeof record.id === 'string' &&
    typeof record.provider === 'string' &&
    typeof record.operation === 'string' &&
    typeof record.requestModel === 'string'
  );
}

/** A finite number of at least 0. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
