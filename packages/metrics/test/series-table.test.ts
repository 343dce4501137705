import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { llmContext } from '../src/context.js';
import { createBusinessMetrics } from '../src/index.js';
import { parseExposition, valueOf } from './exposition.js';

describe('labels', () => {
  it('admits tenants first come first served and folds the rest, counting every fold', async () => {
    const metrics = createBusinessMetrics({
      labelLimits: { tenant_id: { maxValues: 2, allow: ['vip'] } },
    });
    const inc = (tenant_id: string) => {
      metrics.detectorRequests.inc({ detector_type: 'pii', tenant_id, status: 'success' });
    };
    for (const tenant of ['a', 'b', 'c', 'd', 'a', 'c', 'vip']) inc(tenant);
    const text = await metrics.registry.metrics();
    const count = (tenant_id: string) => valueOf(text, 'detector_requests_total', { tenant_id });
    expect([count('a'), count('b'), count('c'), count('vip'), count('__other__')]).toEqual([
      2,
      1,
      undefined,
      1,
      3,
    ]);
    expect(
      valueOf(text, 'metrics_folded_observations_total', {
        metric: 'detector_requests_total',
        label: 'tenant_id',
      }),
    ).toBe(3);
    expect(metrics.stats()).toMatchObject({
      accepted: 7,
      folded: 3,
      admittedValues: { tenant_id: 2 },
    });
  });

  it('keeps 1000 tenants of 20 000 by default, and loses no count', async () => {
    const metrics = createBusinessMetrics();
    for (let i = 0; i < 20_000; i++) {
      metrics.detectorRequests.inc({ detector_type: 'pii', tenant_id: `t${i}`, status: 'success' });
    }
    const samples = parseExposition(await metrics.registry.metrics()).samples.filter(
      (sample) => sample.name === 'detector_requests_total',
    );
    expect(samples).toHaveLength(1001);
    expect(samples.reduce((sum, sample) => sum + sample.value, 0)).toBe(20_000);
    expect(samples.find((sample) => sample.labels['tenant_id'] === '__other__')?.value).toBe(
      19_000,
    );
  });

  it('bounds the series of a metric whatever its labels, and spares the allow-list', async () => {
    const metrics = createBusinessMetrics({
      maxSeriesPerMetric: 10,
      labelLimits: { tenant_id: { allow: ['vip'] } },
    });
    for (let i = 0; i < 100; i++) {
      for (const tenant_id of [`t${i}`, 'vip']) {
        metrics.detectorRequests.inc({ detector_type: `d${i}`, tenant_id, status: 'success' });
      }
    }
    const { values } = await metrics.detectorRequests.get();
    expect(values).toHaveLength(12);
    expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(200);
    const vip = values.filter(({ labels }) => labels.tenant_id === 'vip');
    expect(vip.reduce((sum, { value }) => sum + value, 0)).toBe(100);
  });

  it('takes the tenant from the request context when none is given', async () => {
    const metrics = createBusinessMetrics();
    llmContext.run({ tenantId: 'from-context' }, () => {
      metrics.detectorRequests.inc({ detector_type: 'pii', status: 'success' });
      metrics.detectorRequests.inc({ detector_type: 'pii', status: 'success', tenant_id: 'given' });
    });
    metrics.detectorRequests.inc({ detector_type: 'pii', status: 'success' });
    const text = await metrics.registry.metrics();
    for (const tenant_id of ['from-context', 'given', 'unknown']) {
      expect(valueOf(text, 'detector_requests_total', { tenant_id })).toBe(1);
    }
    expect(metrics.stats().missingLabels).toBe(1);
  });

  it('never throws on the hot path, whatever it is given, and counts what it could not use', () => {
    const metrics = createBusinessMetrics();
    const hostile = {
      get detector_type(): string {
        throw new Error('getter');
      },
    };
    const anything = fc.anything({
      withSparseArray: true,
      withBigInt: true,
      withNullPrototype: true,
    });
    const inc = metrics.detectorRequests.inc.bind(metrics.detectorRequests) as (
      ...a: unknown[]
    ) => void;
    const observe = metrics.mappingConfidence.observe.bind(metrics.mappingConfidence) as (
      ...a: unknown[]
    ) => void;
    fc.assert(
      fc.property(anything, anything, (labels, value) => {
        inc(labels, value);
        observe(labels, value);
        inc({ tenant_id: labels, detector_type: value });
        (metrics.detectorRequests.labels as (...a: unknown[]) => { inc: typeof inc })(labels).inc(
          value,
        );
        (metrics.mappingConfidence.labels as (...a: unknown[]) => { observe: typeof inc })(
          labels,
        ).observe(value);
      }),
      { numRuns: 300 },
    );
    const before = metrics.stats();
    inc(hostile);
    inc();
    inc({ status: 'success', nonsense: 1 });
    inc({}, -1);
    observe({}, 1.5);
    observe({}, Number.NaN);
    const after = metrics.stats();
    expect(after.failed - before.failed).toBe(1);
    expect(after.accepted - before.accepted).toBe(2);
    expect(after.unknownLabels - before.unknownLabels).toBe(1);
    expect(after.missingLabels - before.missingLabels).toBe(3 + 2);
    expect(after.invalidValues - before.invalidValues).toBe(3);
  });

  it('exposes any label value so that a strict parser reads it back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), {
          maxLength: 20,
        }),
        async (tenants) => {
          const metrics = createBusinessMetrics();
          for (const tenant_id of tenants) {
            metrics.detectorRequests.inc({ detector_type: 'd', tenant_id, status: 's' });
          }
          const sent = Buffer.from(await metrics.registry.metrics()).toString();
          const read = parseExposition(sent).samples.filter(
            (s) => s.name === 'detector_requests_total',
          );
          expect(new Set(read.map((s) => s.labels['tenant_id']))).toEqual(new Set(tenants));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('makes one series of ids that differ only in lone surrogates, and folds ids of 257 characters', async () => {
    const metrics = createBusinessMetrics();
    for (const tenant_id of ['\ud800', '\udbff', 'x'.repeat(257)]) {
      metrics.detectorRequests.inc({ detector_type: 'd', tenant_id, status: 's' });
    }
    const sent = Buffer.from(await metrics.registry.metrics()).toString();
    expect(valueOf(sent, 'detector_requests_total', { tenant_id: '\ufffd' })).toBe(2);
    expect(valueOf(sent, 'detector_requests_total', { tenant_id: '__other__' })).toBe(1);
  });

  it('does not follow a label object that the caller changes afterwards', async () => {
    const metrics = createBusinessMetrics();
    const labels = { framework: 'GDPR', severity: 'low', category: 'email' };
    metrics.complianceViolations.inc(labels);
    labels.framework = 'SOC2';
    metrics.complianceViolations.inc(labels);
    const text = await metrics.registry.metrics();
    expect(valueOf(text, 'compliance_violations_total', { framework: 'GDPR' })).toBe(1);
    expect(valueOf(text, 'compliance_violations_total', { framework: 'SOC2' })).toBe(1);
  });

  it('frees the place of a removed series and of all at a reset', async () => {
    const metrics = createBusinessMetrics({ maxSeriesPerMetric: 1 });
    const labels = (category: string) => ({ framework: 'f', category });
    metrics.mappingConfidence.observe(labels('a'), 0.5);
    metrics.mappingConfidence.remove(labels('a'));
    metrics.mappingConfidence.observe(labels('b'), 0.5);
    expect(
      valueOf(await metrics.registry.metrics(), 'mapping_confidence_score_count', {
        category: 'b',
      }),
    ).toBe(1);
    metrics.complianceViolations.inc({ framework: 'f', severity: 'low', category: 'b' });
    metrics.registry.resetMetrics();
    metrics.mappingConfidence.labels('f', 'c').observe(0.5);
    metrics.complianceViolations.inc({ framework: 'f', severity: 'low', category: 'c' });
    metrics.complianceViolations.remove('f', 'low', 'c');
    metrics.complianceViolations.labels('f', 'low', 'd').inc(4);
    const text = await metrics.registry.metrics();
    expect(valueOf(text, 'mapping_confidence_score_count', { category: 'c' })).toBe(1);
    expect(valueOf(text, 'compliance_violations_total', { category: 'd' })).toBe(4);
  });
});
