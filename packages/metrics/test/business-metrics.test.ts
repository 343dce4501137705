import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  Pushgateway,
  Registry,
  collectDefaultMetrics,
  register,
} from 'prom-client';
import { findProgram } from 'test-services';
import { describe, expect, it } from 'vitest';
import {
  MetricsConfigurationError,
  createActivityTracker,
  createBusinessMetrics,
} from '../src/index.js';
import { llmContext } from '../src/context.js';
import { parseExposition, valueOf } from './exposition.js';

function observeAll(metrics: ReturnType<typeof createBusinessMetrics>): void {
  metrics.detectorRequests.inc({ detector_type: 'pii', tenant_id: 'acme', status: 'success' });
  metrics.mappingConfidence.observe({ framework: 'GDPR', category: 'email' }, 0.93);
  metrics.complianceViolations.inc({ framework: 'SOC2', severity: 'high', category: 'secret' }, 2);
  metrics.modelInferenceTime.observe({ model_name: 'm', model_version: '1' }, 0.2);
  metrics.activeTenants.set(3);
}

describe('the contract of the five metrics', () => {
  it('exposes exactly the names, types and labels that dashboards are written against', async () => {
    const metrics = createBusinessMetrics();
    observeAll(metrics);
    const { samples, types } = parseExposition(await metrics.registry.metrics());
    expect(Object.fromEntries(types)).toEqual({
      detector_requests_total: 'counter',
      mapping_confidence_score: 'histogram',
      compliance_violations_total: 'counter',
      model_inference_duration_seconds: 'histogram',
      active_tenants_count: 'gauge',
      metrics_folded_observations_total: 'counter',
    });
    const labelsOf = (name: string) =>
      Object.keys(samples.find((sample) => sample.name === name)!.labels).sort();
    expect(labelsOf('detector_requests_total')).toEqual(['detector_type', 'status', 'tenant_id']);
    expect(labelsOf('mapping_confidence_score_sum')).toEqual(['category', 'framework']);
    expect(labelsOf('compliance_violations_total')).toEqual(['category', 'framework', 'severity']);
    expect(labelsOf('model_inference_duration_seconds_sum')).toEqual([
      'model_name',
      'model_version',
    ]);
    expect(labelsOf('active_tenants_count')).toEqual([]);
    expect(
      valueOf(await metrics.registry.metrics(), 'mapping_confidence_score_bucket', { le: '0.9' }),
    ).toBe(0);
    expect(
      valueOf(await metrics.registry.metrics(), 'mapping_confidence_score_bucket', { le: '0.95' }),
    ).toBe(1);
  });

  it('gives prom-client instances in a registry of its own, and leaves the global one alone', () => {
    const before = register.getMetricsAsArray().length;
    const metrics = createBusinessMetrics();
    expect(metrics.detectorRequests).toBeInstanceOf(Counter);
    expect(metrics.complianceViolations).toBeInstanceOf(Counter);
    expect(metrics.mappingConfidence).toBeInstanceOf(Histogram);
    expect(metrics.modelInferenceTime).toBeInstanceOf(Histogram);
    expect(metrics.activeTenants).toBeInstanceOf(Gauge);
    expect(metrics.registry).toBeInstanceOf(Registry);
    expect(register.getMetricsAsArray()).toHaveLength(before);
    expect(createBusinessMetrics().registry).not.toBe(metrics.registry);
  });

  // promtool comes with Prometheus; the full test image has it.
  const promtool = findProgram('promtool');
  it.skipIf(promtool === undefined)(
    'passes promtool, but for the name that the owner chose',
    async () => {
      const metrics = createBusinessMetrics();
      observeAll(metrics);
      metrics.detectorRequests.inc({
        detector_type: 'a"b\\c\nd',
        tenant_id: 'ü\ud800',
        status: 'error',
      });
      const { stdout, stderr } = spawnSync(promtool!, ['check', 'metrics'], {
        input: await metrics.registry.metrics(),
        encoding: 'utf8',
      });
      const complaints = `${stdout}${stderr}`.trim().split('\n').filter(Boolean);
      expect(complaints).toHaveLength(1);
      expect(complaints[0]).toContain('active_tenants_count');
    },
  );
});

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

describe('the ecosystem of prom-client', () => {
  it('stands beside default metrics, default labels, merge and JSON', async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    registry.setDefaultLabels({ service: 'mapper' });
    const metrics = createBusinessMetrics({ registry });
    observeAll(metrics);
    const text = await registry.metrics();
    expect(valueOf(text, 'detector_requests_total', { service: 'mapper' })).toBe(1);
    expect(parseExposition(text).types.has('process_cpu_seconds_total')).toBe(true);
    const json = await registry.getMetricsAsJSON();
    expect(json.find(({ name }) => name === 'compliance_violations_total')?.values[0]?.value).toBe(
      2,
    );
    const merged = Registry.merge([createBusinessMetrics().registry, new Registry()]);
    expect(merged.getSingleMetric('detector_requests_total')).toBeDefined();
  });

  it('aggregates over workers: sums, and the largest count of tenants', async () => {
    const workers = [createBusinessMetrics(), createBusinessMetrics()];
    for (const worker of workers) observeAll(worker);
    workers[1]!.activeTenants.set(5);
    const json = await Promise.all(workers.map(({ registry }) => registry.getMetricsAsJSON()));
    const text = await AggregatorRegistry.aggregate(json).metrics();
    expect(valueOf(text, 'detector_requests_total')).toBe(2);
    expect(valueOf(text, 'model_inference_duration_seconds_count')).toBe(2);
    expect(valueOf(text, 'active_tenants_count')).toBe(5);
  });

  it('is pushed by the push gateway client', async () => {
    let body = '';
    const server = createServer((req, res) => {
      req.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      req.on('end', () => res.writeHead(202).end());
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const metrics = createBusinessMetrics();
    observeAll(metrics);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Pushgateway(url, {}, metrics.registry).push({ jobName: 'test' });
    server.close();
    expect(valueOf(body, 'detector_requests_total')).toBe(1);
  });

  it('exposes OpenMetrics on a registry of that type', async () => {
    const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const metrics = createBusinessMetrics({ registry });
    metrics.detectorRequests.inc({ detector_type: 'd', tenant_id: 't', status: 's' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('# TYPE detector_requests counter\n');
    expect(text).toMatch(/^detector_requests_total\{.*\} 1$/m);
    expect(text).toMatch(/# EOF\n$/);
  });
});

describe('active tenants', () => {
  it('are read from the activity tracker at every scrape', async () => {
    const activity = createActivityTracker();
    const metrics = createBusinessMetrics({ activity });
    activity.begin('a');
    expect(valueOf(await metrics.registry.metrics(), 'active_tenants_count')).toBe(1);
    activity.begin('b');
    expect(valueOf(await metrics.registry.metrics(), 'active_tenants_count')).toBe(2);
  });

  it('have no sample while the tracker fails or hangs; the scrape goes on and the failure is counted', async () => {
    let mode: 'fail' | 'hang' | 'answer' = 'fail';
    const metrics = createBusinessMetrics({
      activityDeadlineMillis: 20,
      activity: {
        snapshot: () => {
          if (mode === 'fail') throw new Error('down');
          return mode === 'hang'
            ? new Promise(() => {})
            : Promise.resolve({
                activeRequests: 0,
                activeTenants: 7,
                windowMillis: 1,
                tenants: [],
              });
        },
      },
    });
    const scrape = async () => valueOf(await metrics.registry.metrics(), 'active_tenants_count');
    expect(await scrape()).toBeUndefined();
    mode = 'answer';
    expect(await scrape()).toBe(7);
    mode = 'hang';
    expect(await scrape()).toBeUndefined();
    expect(metrics.stats().activityFailures).toBe(2);
  });
});

describe('configuration', () => {
  it('refuses a registry that has one of the names, names it, and leaves the registry as it was', () => {
    const registry = new Registry();
    new Counter({ name: 'compliance_violations_total', help: 'mine', registers: [registry] });
    expect(() => createBusinessMetrics({ registry })).toThrow(MetricsConfigurationError);
    expect(() => createBusinessMetrics({ registry })).toThrow(/'compliance_violations_total'/);
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });

  it.each([
    ['registry', { registry: 5 }, '5'],
    ['activity', { activity: { snapshots: 1 } }, 'snapshots'],
    ['activityDeadlineMillis', { activityDeadlineMillis: -1 }, '-1'],
    ['maxSeriesPerMetric', { maxSeriesPerMetric: 0.5 }, '0.5'],
    ['labelLimits', { labelLimits: { tenant: {} } }, "'tenant'"],
    ['labelLimits.tenant_id.maxValues', { labelLimits: { tenant_id: { maxValues: '9' } } }, "'9'"],
    ['labelLimits.tenant_id.allow', { labelLimits: { tenant_id: { allow: 'acme' } } }, "'acme'"],
    ['labelLimits.category.allow', { labelLimits: { category: { allow: [7] } } }, '7'],
    ['inferenceBuckets', { inferenceBuckets: [1, 1] }, '[ 1, 1 ]'],
    ['inferenceBuckets', { inferenceBuckets: [] }, '[]'],
    ['confidenceBuckets', { confidenceBuckets: [0.5, 80] }, '80'],
  ])('refuses a bad %s and quotes it', (option, options, quoted) => {
    const create = () => createBusinessMetrics(options as never);
    expect(create).toThrow(MetricsConfigurationError);
    expect(create).toThrow(`${option} must be`);
    expect(create).toThrow(quoted);
  });
});
