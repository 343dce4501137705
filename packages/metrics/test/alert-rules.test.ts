import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Registry } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createBusinessMetrics,
  createGenAiMetrics,
  createHttpMetrics,
  grafanaDashboard,
  prometheusRules,
} from '../src/index.js';
import { promtool } from './promtool.js';

const directory = mkdtempSync(join(tmpdir(), 'rules-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A registry with at least one series of every metric of the catalogue. */
function everything(): Registry {
  const business = createBusinessMetrics();
  const { registry } = business;
  business.detectorRequests.inc({ detector_type: 'a"b\\c\nd', tenant_id: 'ü', status: 'error' });
  business.mappingConfidence.observe({ framework: 'GDPR', category: 'email' }, 0.9);
  business.complianceViolations.inc({ framework: 'GDPR', severity: 'low', category: 'email' });
  business.modelInferenceTime.observe({ model_name: 'm', model_version: '1' }, 0.2);
  const genAi = createGenAiMetrics({ registry, subscribe: false });
  const call = {
    version: 1,
    id: 'a',
    provider: 'openai',
    operation: 'chat',
    requestModel: 'gpt-4o',
  };
  genAi.record({ ...call, event: 'start' });
  const usage = { inputTokens: 5, outputTokens: 5 };
  const end = {
    ...call,
    event: 'end',
    durationMillis: 9,
    timeToFirstChunkMillis: 1,
    outputChunks: 5,
  };
  genAi.record({ ...end, usage });
  genAi.record(end);
  genAi.recordEvaluation({ name: 'relevance', score: 0.5, label: 'pass' });
  const http = createHttpMetrics({ registry });
  http.activeRequests.inc({ http_request_method: 'GET' });
  http.requestDuration.observe(
    { http_request_method: 'GET', http_route: '/', http_response_status_code: 200 },
    0.1,
  );
  return registry;
}

/** Names of metrics in a query: what stands before a selector, a window or the end, and is no function or label. */
function namesIn(expr: string): string[] {
  const bare = expr
    .replace(/\{[^}]*\}/g, '')
    .replace(/"[^"]*"/g, '')
    .replace(/\b(by|without|on) \([^)]*\)/g, '')
    .replace(/\[[^\]]*\]/g, '');
  return (bare.match(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w*\s*\()/g) ?? []).filter(
    (word) => !['and', 'or', 'unless', 'e'].includes(word) && !/^\d/.test(word),
  );
}

async function exported(): Promise<ReadonlySet<string>> {
  const text = await everything().metrics();
  return new Set(text.match(/^[a-zA-Z_:][a-zA-Z0-9_:]*(?=[{ ])/gm));
}

describe('the Grafana dashboard', () => {
  it('names only series that the catalogue exports, and every metric of it', async () => {
    const names = await exported();
    const used = grafanaDashboard().panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => namesIn(expr)),
    );
    for (const name of used) expect(names).toContain(name);
    const families = new Set([...names].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    // `active_tenants_count` is no part of a histogram.
    families.delete('active_tenants');
    for (const family of families) expect(used.some((name) => name.startsWith(family))).toBe(true);
  });

  it('has the shape that Grafana imports', () => {
    const dashboard = JSON.parse(JSON.stringify(grafanaDashboard())) as ReturnType<
      typeof grafanaDashboard
    >;
    expect(dashboard).toMatchObject({ title: 'LLM service', schemaVersion: 39 });
    expect(dashboard.uid).toMatch(/^[\w-]{1,40}$/);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const places = new Set<string>();
    for (const { gridPos, targets, title, type, fieldConfig, datasource } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      expect(places).not.toContain(JSON.stringify(gridPos));
      places.add(JSON.stringify(gridPos));
      expect(['timeseries', 'stat']).toContain(type);
      expect(title).not.toBe('');
      expect(fieldConfig.defaults.unit).not.toBe('');
      expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
      expect(targets).toHaveLength(1);
      expect(targets[0]).toMatchObject({ refId: 'A' });
      expect(targets[0]!.legendFormat).not.toBe('');
    }
  });
});

describe('the rules', () => {
  it('name only series that the catalogue exports, or that they record themselves', async () => {
    const names = new Set(await exported());
    const rules = prometheusRules().groups.flatMap((group) => group.rules);
    for (const rule of rules) if ('record' in rule) names.add(rule.record);
    for (const { expr } of rules) {
      expect(namesIn(expr).length).toBeGreaterThan(0);
      for (const name of namesIn(expr)) expect(names).toContain(name);
    }
  });

  const write = (name: string, value: object): string => {
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };

  it('pass promtool check rules', async () => {
    const { status, output } = await promtool([
      'check',
      'rules',
      write('rules.yml', prometheusRules()),
    ]);
    expect(output).toContain('SUCCESS: 19 rules found');
    expect(status).toBe(0);
  });

  it('fire when they should, and are silent when all is well', async () => {
    write('rules.yml', prometheusRules());
    const series = (name: string, values: string) => ({ series: name, values });
    const firing = (
      alertname: string,
      eval_time: string,
      exp_labels: object,
      severity: string,
    ) => ({
      eval_time,
      alertname,
      exp_alerts: [{ exp_labels: { ...exp_labels, severity } }],
    });
    const quiet = (alertname: string) => ({ eval_time: '70m', alertname, exp_alerts: [] });
    const alerts = prometheusRules().groups.flatMap(({ rules }) =>
      rules.flatMap((rule) => ('alert' in rule ? [rule] : [])),
    );
    const summaryOf = (name: string, labels: Record<string, string>) =>
      alerts
        .find(({ alert }) => alert === name)!
        .annotations['summary']!.replace(
          /\{\{ \$labels\.(\w+) \}\}/g,
          (_, label: string) => labels[label] ?? '',
        );
    const bad = [
      firing('DetectorErrorBudgetBurnsFast', '70m', { detector_type: 'pii' }, 'page'),
      firing('DetectorErrorBudgetBurnsSlowly', '70m', { detector_type: 'pii' }, 'ticket'),
      firing('HttpErrorBudgetBurnsFast', '70m', { http_route: '/map' }, 'page'),
      firing('ModelInferenceSlow', '70m', { model_name: 'm' }, 'ticket'),
      firing('ModelCallsPileUp', '70m', { instance: 'i', gen_ai_request_model: 'g' }, 'page'),
      firing(
        'MetricSeriesFolded',
        '70m',
        { metric: 'detector_requests_total', label: 'tenant_id' },
        'ticket',
      ),
      firing(
        'ModelCostUnknown',
        '70m',
        { gen_ai_request_model: 'g', reason: 'unknown_model' },
        'ticket',
      ),
      firing('CriticalComplianceViolations', '70m', { framework: 'GDPR' }, 'page'),
    ].map((test) => ({
      ...test,
      exp_alerts: test.exp_alerts.map(({ exp_labels }) => ({
        exp_labels,
        exp_annotations: {
          summary: summaryOf(test.alertname, exp_labels as Record<string, string>),
        },
      })),
    }));
    const detector = (status: string) =>
      `detector_requests_total{detector_type="pii",tenant_id="t",status="${status}"}`;
    const http = (code: string) =>
      `http_server_request_duration_seconds_count{http_route="/map",http_response_status_code="${code}"}`;
    const bucket = (le: string) =>
      `model_inference_duration_seconds_bucket{model_name="m",le="${le}"}`;
    const input = (errors: string, ok: string, slow: string, level: string, growing: string) => [
      series(detector('error'), errors),
      series(detector('success'), ok),
      series(http('503'), errors),
      series(http('200'), ok),
      series(bucket('10'), slow),
      series(bucket('30'), ok),
      series(bucket('+Inf'), ok),
      series(
        'gen_ai_client_active_requests{instance="i",gen_ai_request_model="g",gen_ai_provider_name="p"}',
        level,
      ),
      series(
        'metrics_folded_observations_total{metric="detector_requests_total",label="tenant_id"}',
        growing,
      ),
      series(
        'gen_ai_client_cost_unknown_total{gen_ai_request_model="g",reason="unknown_model"}',
        growing,
      ),
      series('compliance_violations_total{framework="GDPR",severity="critical"}', growing),
    ];
    const path = write('tests.yml', {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: input('0+20x70', '0+80x70', '0+8x70', '200x70', '0+1x70'),
          alert_rule_test: bad,
        },
        {
          interval: '1m',
          input_series: input('0+0x70', '0+80x70', '0+80x70', '5x70', '0x70'),
          alert_rule_test: alerts.map(({ alert }) => quiet(alert)),
        },
      ],
    });
    const { status, output } = await promtool(['test', 'rules', path]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it('are about series that pass promtool check metrics, but for the name that the owner chose', async () => {
    const { output } = await promtool(['check', 'metrics'], await everything().metrics());
    const complaints = output.trim().split('\n').filter(Boolean);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('active_tenants_count');
  });
});
