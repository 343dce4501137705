import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Counter, Histogram, Registry } from 'prom-client';
import { startPrometheus } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ModelPerformanceMonitor, prometheusSource } from '../src/index.js';

const { signal } = new AbortController();
const registry = new Registry();
const duration = new Histogram({
  name: 'model_inference_duration_seconds',
  help: 'h',
  labelNames: ['model_name'],
  registers: [registry],
});
const requests = new Counter({
  name: 'requests_total',
  help: 'h',
  labelNames: ['model_name'],
  registers: [registry],
});
const queries = {
  inference_latency: `sum(rate(model_inference_duration_seconds_sum{model_name="$model"}[3s])) / sum(rate(model_inference_duration_seconds_count{model_name="$model"}[3s]))`,
  throughput: 'sum(rate(requests_total{model_name="$model"}[3s]))',
};
const odd = 'a "b" \\ $& c';

let exporter: Server;
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
let calls: NodeJS.Timeout;

beforeAll(async () => {
  exporter = createServer((_, response) => {
    void registry.metrics().then((text) => response.end(text));
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const { port } = exporter.address() as AddressInfo;
  calls = setInterval(() => {
    for (const model_name of ['m', odd]) {
      duration.observe({ model_name }, 0.25);
      requests.inc({ model_name });
    }
  }, 50);
  prometheus = await startPrometheus({
    config: JSON.stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '400ms' },
      scrape_configs: [{ job_name: 'app', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    }),
  });
}, 60_000);

afterAll(async () => {
  clearInterval(calls);
  await prometheus.stop();
  exporter.close();
});

describe('a Prometheus as a source', () => {
  it.each(['m', odd])('gives the figures of model %s by PromQL', async (model) => {
    const source = prometheusSource({ url: prometheus.url, queries });
    await expect
      .poll(async () => (await source(model, signal)).inference_latency, { timeout: 30_000 })
      .toBeCloseTo(0.25, 6);
    expect((await source(model, signal)).throughput).toBeGreaterThan(0);
  });

  it('leaves out what has no series, and names it through the monitor', async () => {
    const source = prometheusSource({
      url: `${prometheus.url}/`,
      queries: { error_rate: 'nothing' },
    });
    expect(await source('m', signal)).toEqual({ error_rate: undefined });
    const monitor = new ModelPerformanceMonitor({ source });
    expect(await monitor.detectAnomalies('m')).toMatchObject({
      status: 'not_trained',
      sourceError: null,
    });
  });

  it('reads scalars, infinities and a ratio of nothing', async () => {
    const source = prometheusSource({
      url: prometheus.url,
      queries: { a: '7', b: 'vector(1) / 0', c: 'vector(0) / 0' },
    });
    expect(await source('m', signal)).toEqual({ a: 7, b: Infinity, c: undefined });
  });

  it('rejects PromQL that is wrong, several series and matrices, naming the feature', async () => {
    const ask = (query: string) =>
      prometheusSource({ url: prometheus.url, queries: { latency: query } })('m', signal);
    await expect(ask('sum(')).rejects.toThrow(/query of latency was answered with 400: .*parse/);
    await expect(ask('up or vector(1)')).rejects.toThrow('must give one series, it gave 2');
    await expect(ask('up[1m]')).rejects.toThrow('it gave a matrix');
  });

  it('refuses addresses and queries that make no sense, and never quotes credentials', () => {
    const make =
      (url: string, given: object = queries) =>
      () =>
        prometheusSource({ url, queries: given as Record<string, string> });
    expect(make('prometheus:9090')).toThrow('http or https');
    expect(make('nonsense')).toThrow('absolute URL');
    expect(make('http://user:hunter2@p:9090')).toThrow(/^url must hold no credentials/);
    expect(make(prometheus.url, {})).toThrow('at least one feature');
    expect(make(prometheus.url, { x: '' })).toThrow('queries.x');
  });
});
