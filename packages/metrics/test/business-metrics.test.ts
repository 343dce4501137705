import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { describe, expect, it } from 'vitest';
import {
  MetricsConfigurationError,
  createActivityTracker,
  createBusinessMetrics,
} from '../src/index.js';
import { promtool } from './promtool.js';
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

  it('passes promtool, but for the name that the owner chose', async () => {
    const metrics = createBusinessMetrics();
    observeAll(metrics);
    metrics.detectorRequests.inc({
      detector_type: 'a"b\\c\nd',
      tenant_id: 'ü\ud800',
      status: 'error',
    });
    const { output } = await promtool(['check', 'metrics'], await metrics.registry.metrics());
    const complaints = output.trim().split('\n').filter(Boolean);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('active_tenants_count');
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
