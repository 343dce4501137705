import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { collectDefaultMetrics } from 'prom-client';
import { startPrometheus } from 'test-services';
import { expect, it } from 'vitest';
import { createBusinessMetrics, createMetricsHandler } from '../src/index.js';

interface ApiAnswer<T> {
  readonly status: string;
  readonly data: T;
}

it('the real Prometheus scrapes OpenMetrics and gives the exemplars back', async () => {
  const provider = new NodeTracerProvider();
  provider.register();
  const metrics = createBusinessMetrics();
  metrics.registry.setDefaultLabels({ service: 'mapper "x"' });
  collectDefaultMetrics({ register: metrics.registry });
  const traceId = trace.getTracer('t').startActiveSpan('call', (span) => {
    metrics.modelInferenceTime.observe({ model_name: 'a"b\\c\nd', model_version: 'ü' }, 0.2);
    span.end();
    return span.spanContext().traceId;
  });
  trace.disable();
  context.disable();
  metrics.activeTenants.set(NaN);
  const handler = createMetricsHandler(metrics.registry);
  const contentTypes: unknown[] = [];
  const server = createServer((req, res) => {
    void handler(req, res).then(() => contentTypes.push(res.getHeader('content-type')));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const prometheus = await startPrometheus({
    config: JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'app', static_configs: [{ targets: [target] }] }],
    }),
    args: ['--enable-feature=exemplar-storage'],
  });
  const ask = async <T>(path: string): Promise<T> =>
    ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as ApiAnswer<T>).data;
  const name = 'model_inference_duration_seconds_bucket';
  type Found = {
    seriesLabels: Record<string, string>;
    exemplars: { labels: object; value: string }[];
  };
  const query = () =>
    ask<Found[]>(
      `query_exemplars?query=${name}&start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 60}`,
    );
  try {
    await expect.poll(query, { timeout: 20_000, interval: 200 }).not.toEqual([]);
    const [found] = await query();
    expect(found!.seriesLabels).toMatchObject({
      model_name: 'a"b\\c\nd',
      model_version: 'ü',
      service: 'mapper "x"',
    });
    expect(found!.exemplars[0]).toMatchObject({ labels: { trace_id: traceId }, value: '0.2' });
    const { activeTargets } = await ask<{ activeTargets: { health: string; lastError: string }[] }>(
      'targets',
    );
    expect(activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
    expect(contentTypes[0]).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  } finally {
    await prometheus.stop();
    server.close();
    server.closeAllConnections();
    await provider.shutdown();
  }
}, 60_000);
