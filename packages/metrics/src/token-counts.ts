import { type InferenceUsage, isAmount } from './inference-record.js';

/** Tokens of a call, each in one of the kinds that have a price. */
export interface TokenCounts {
  /** Neither read from the cache nor written to it. */
  readonly uncachedInput: number;
  readonly cacheRead: number;
  readonly cacheCreation: number;
  /** Reasoning included. */
  readonly output: number;
}

/** Report cached tokens beside `input_tokens`, not within. */
const cachedApart = new Set(['anthropic', 'aws.bedrock']);
/** Report thoughts beside the tokens of the answer, not within. */
const reasoningApart = new Set(['gcp.gemini', 'gcp.vertex_ai', 'gcp.gen_ai']);

/** Counts each token once, whichever way the provider reports; undefined when it reported none. */
export function tokenCounts(
  provider: string,
  usage: InferenceUsage | undefined,
): TokenCounts | undefined {
  if (!isAmount(usage?.inputTokens) && !isAmount(usage?.outputTokens)) return undefined;
  const cacheRead = amount(usage.cacheReadInputTokens);
  const cacheCreation = amount(usage.cacheCreationInputTokens);
  const input = amount(usage.inputTokens);
  const output = amount(usage.outputTokens);
  const inputIncludes = usage.inputIncludesCached ?? !cachedApart.has(provider);
  const outputIncludes = usage.outputIncludesReasoning ?? !reasoningApart.has(provider);
  return {
    uncachedInput: inputIncludes ? Math.max(0, input - cacheRead - cacheCreation) : input,
    cacheRead,
    cacheCreation,
    output: outputIncludes ? output : output + amount(usage.reasoningTokens),
  };
}

function amount(value: unknown): number {
  return isAmount(value) ? value : 0;
}
