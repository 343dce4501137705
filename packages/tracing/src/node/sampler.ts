import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api';
import type * as SdkModule from '@opentelemetry/sdk-trace-base';
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace-base';
import { correlationIdKey } from '../context-scope.js';
import { llmContext } from '../context.js';
import { loadPackage } from './optional-package.js';

export interface SamplerPlan {
  /** Whether the decision of a parent, if there is one, is followed. */
  readonly parentBased: boolean;
  /** Share of new traces that is recorded, 0 to 1. */
  readonly ratio: number;
  /** What one decision covers. */
  readonly by: 'correlation' | 'trace';
  /** Whether spans that are not sampled are recorded all the same, for the tail rule. */
  readonly recordAll: boolean;
}

type Decisions = typeof SdkModule.SamplingDecision;

/** The sampler that a plan asks for. */
export function createSampler(plan: SamplerPlan): Sampler {
  const sdk = loadPackage('@opentelemetry/sdk-trace-base') as typeof SdkModule;
  const decisions = sdk.SamplingDecision;
  const byTrace = new sdk.TraceIdRatioBasedSampler(plan.ratio);
  const root =
    plan.by === 'trace' ? byTrace : new CorrelationRatioSampler(plan.ratio, byTrace, decisions);
  const sampler = plan.parentBased ? new sdk.ParentBasedSampler({ root }) : root;
  return plan.recordAll ? new RecordingSampler(sampler, decisions) : sampler;
}

/**
 * Takes one decision for all traces of a correlation id, here and in every other process with the same
 * ratio: a job that runs again, or a request that comes in two traces, is seen whole or not at all.
 */
class CorrelationRatioSampler implements Sampler {
  readonly #ratio: number;
  readonly #withoutId: Sampler;
  readonly #decisions: Decisions;

  constructor(ratio: number, withoutId: Sampler, decisions: Decisions) {
    this.#ratio = ratio;
    this.#withoutId = withoutId;
    this.#decisions = decisions;
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const id =
      attributes['correlation_id'] ??
      llmContext.getStore()?.correlationId ??
      context.getValue(correlationIdKey);
    if (typeof id !== 'string') {
      return this.#withoutId.shouldSample(context, traceId, spanName, kind, attributes, links);
    }
    const { RECORD_AND_SAMPLED, NOT_RECORD } = this.#decisions;
    return { decision: share(id) < this.#ratio ? RECORD_AND_SAMPLED : NOT_RECORD };
  }

  toString(): string {
    return `CorrelationRatio{${this.#ratio}}`;
  }
}

/** Where a text falls between 0 and 1, evenly: FNV-1a with MurmurHash's finish. */
export function share(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 2 ** 32;
}

class RecordingSampler implements Sampler {
  readonly #sampler: Sampler;
  readonly #decisions: Decisions;

  constructor(sampler: Sampler, decisions: Decisions) {
    this.#sampler = sampler;
    this.#decisions = decisions;
  }

  shouldSample(...args: Parameters<Sampler['shouldSample']>): SamplingResult {
    const result = this.#sampler.shouldSample(...args);
    const { NOT_RECORD, RECORD } = this.#decisions;
    return result.decision === NOT_RECORD ? { ...result, decision: RECORD } : result;
  }

  toString(): string {
    return `Recording{${this.#sampler.toString()}}`;
  }
}
