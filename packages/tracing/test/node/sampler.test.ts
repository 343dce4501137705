import { context, ROOT_CONTEXT, SpanKind, trace, type SpanContext } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { createSampler, share, type SamplerPlan } from '../../src/node/sampler.js';
import { correlationIdKey, withCorrelationId } from '../../src/index.js';

const plan: SamplerPlan = { parentBased: true, ratio: 0.25, by: 'correlation', recordAll: false };
const traceId = (i: number): string => (i * 2654435761).toString(16).padStart(32, '7');

function decide(
  given: Partial<SamplerPlan>,
  id: string,
  i = 1,
  parent = ROOT_CONTEXT,
): SamplingDecision {
  const sampler = createSampler({ ...plan, ...given });
  const attributes = { correlation_id: id };
  return sampler.shouldSample(parent, traceId(i), 'GET', SpanKind.SERVER, attributes, []).decision;
}

const remote = (traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceId(1),
    spanId: '1'.repeat(16),
    traceFlags,
    isRemote: true,
  } satisfies SpanContext);

describe('a sampler', () => {
  it('decides alike for all traces of a correlation id, in the share that was asked for', () => {
    let sampled = 0;
    for (let i = 0; i < 2000; i++) {
      const decision = decide({}, `order-${i}`, i);
      expect(decide({}, `order-${i}`, i + 5000)).toBe(decision);
      if (decision === SamplingDecision.RECORD_AND_SAMPLED) sampled++;
    }
    // Four standard deviations of a binomial around 500.
    expect(sampled).toBeGreaterThan(422);
    expect(sampled).toBeLessThan(578);
  });

  it('finds the id in the attributes, the context of the request, or the one of a propagator', () => {
    const sampler = createSampler(plan);
    const ask = (parent = ROOT_CONTEXT) =>
      sampler.shouldSample(parent, traceId(1), 'a', SpanKind.INTERNAL, {}, []).decision;
    const kept = Array.from({ length: 50 }, (_, i) => `id-${i}`).find((id) => share(id) < 0.25);
    const not = Array.from({ length: 50 }, (_, i) => `id-${i}`).find((id) => share(id) >= 0.25);
    for (const [id, decision] of [
      [kept, SamplingDecision.RECORD_AND_SAMPLED],
      [not, SamplingDecision.NOT_RECORD],
    ] as const) {
      expect(withCorrelationId(id, ask)).toBe(decision);
      expect(ask(context.active().setValue(correlationIdKey, id))).toBe(decision);
    }
  });

  it('follows a parent, unless it was told not to', () => {
    expect(decide({ ratio: 0 }, 'a', 1, remote(1))).toBe(SamplingDecision.RECORD_AND_SAMPLED);
    expect(decide({ ratio: 1 }, 'a', 1, remote(0))).toBe(SamplingDecision.NOT_RECORD);
    expect(decide({ ratio: 0, parentBased: false }, 'a', 1, remote(1))).toBe(
      SamplingDecision.NOT_RECORD,
    );
  });

  it('records for the tail rule what it does not sample', () => {
    expect(decide({ ratio: 0, recordAll: true }, 'a')).toBe(SamplingDecision.RECORD);
    expect(decide({ ratio: 1, recordAll: true }, 'a')).toBe(SamplingDecision.RECORD_AND_SAMPLED);
  });

  it('by trace, as other services without ids do', () => {
    const by = { by: 'trace' } as const;
    const decisions = new Set(Array.from({ length: 60 }, (_, i) => decide(by, 'same', i * 7919)));
    expect(decisions).toEqual(
      new Set([SamplingDecision.RECORD_AND_SAMPLED, SamplingDecision.NOT_RECORD]),
    );
  });
});
