import { channel } from 'node:diagnostics_channel';
import type { InferenceUsage } from './usage.js';

/** Where model calls are published; nothing is paid when nobody listens. */
export const inferenceChannel = channel('llm:inference');

/** A model call that begins. The contract is `docs/inference-record.md`. */
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

// Copies of the package and workers share a channel, so a counter alone would not be unique.
const prefix = Math.random().toString(36).slice(2, 10);
let count = 0;

/** The number of a call, from 1. */
export function nextInferenceNumber(): number {
  return ++count;
}

/** The id for the two records of a call. */
export function inferenceId(number: number): string {
  return `${prefix}-${number.toString(36)}`;
}
