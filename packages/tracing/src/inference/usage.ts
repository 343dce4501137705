import type { Span } from '@opentelemetry/api';
import { genAi } from './conventions.js';

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

/** Report cached tokens beside their input tokens, not within. */
const cachedApart = new Set(['anthropic', 'aws.bedrock']);
/** Report thoughts beside the tokens of the answer, not within. */
const reasoningApart = new Set(['gcp.gemini', 'gcp.vertex_ai', 'gcp.gen_ai']);

/**
 * Sets a call's tokens on its span. The conventions count cached tokens within the input and reasoning
 * within the output, whichever way the provider reports them.
 */
export function setUsage(
  span: Pick<Span, 'setAttribute'>,
  provider: string,
  usage: InferenceUsage,
): void {
  const input = tokens(usage.inputTokens);
  const output = tokens(usage.outputTokens);
  const cacheRead = tokens(usage.cacheReadInputTokens);
  const cacheCreation = tokens(usage.cacheCreationInputTokens);
  const reasoning = tokens(usage.reasoningTokens);
  if (input !== undefined) {
    const apart = !(usage.inputIncludesCached ?? !cachedApart.has(provider));
    const total = apart ? input + (cacheRead ?? 0) + (cacheCreation ?? 0) : input;
    span.setAttribute(genAi.usageInputTokens, total);
  }
  if (output !== undefined) {
    const apart = !(usage.outputIncludesReasoning ?? !reasoningApart.has(provider));
    span.setAttribute(genAi.usageOutputTokens, apart ? output + (reasoning ?? 0) : output);
  }
  if (cacheRead !== undefined) span.setAttribute(genAi.usageCacheReadInputTokens, cacheRead);
  if (cacheCreation !== undefined) {
    span.setAttribute(genAi.usageCacheCreationInputTokens, cacheCreation);
  }
  if (reasoning !== undefined) span.setAttribute(genAi.usageReasoningOutputTokens, reasoning);
}

/** A count of tokens, or undefined for anything that is none. */
export function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < Infinity ? value : undefined;
}
