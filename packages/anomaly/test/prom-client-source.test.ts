import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import {
  ModelPerformanceMonitor,
  type PromClientRegistry,
  promClientSource,
} from '../src/index.js';

/** A service's registry, a source that reads it, and a clock that both share. */
function service() {
  const registry = new Registry();
  const duration = new Histogram({
    name: 'model_inference_duration_seconds',
    help: 'h',
    labelNames: ['model_name', 'model_version'],
    registers: [registry],
  });
  const confidence = new Histogram({
    name: 'confidence',
    help: 'h',
    labelNames: ['model_name'],
    registers: [registry],
  });
  const requests = new Counter({
    name: 'requests_total',
    help: 'h',
    labelNames: ['model_name', 'status'],
    registers: [registry],
  });
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'h',
    registers: [registry],
  });
  let now = 1_000_000;
  const source = promClientSource({
    registry,
    clock: { now: () => now },
    readings: {
      avg_confidence: { mean: { metric: 'confidence' } },
      error_rate: {
        share: { metric: 'requests_total', labels: { status: 'error' } },
        of: { metric: 'requests_total' },
      },
    },
  });
  return {
    registry,
    source,
    tick: (millis: number) => (now += millis),
    call: (model: string, seconds: number, score: number, status = 'success') => {
      duration.observe({ model_name: model, model_version: '1' }, seconds);
      confidence.observe({ model_name: model }, score);
      requests.inc({ model_name: model, status });
      memory.set(5e8);
    },
  };
}
const { signal } = new AbortController();

describe('a prom-client registry as a source', () => {
  it('gives what happened between two collections, model by model', async () => {
    const { source, call, tick } = service();
    call('a', 9, 0.1, 'error');
    expect(await source('a', signal)).toEqual({
      avg_confidence: undefined,
      error_rate: undefined,
      inference_latency: undefined,
      throughput: undefined,
      memory_usage: 5e8,
    });
    call('a', 0.2, 0.9);
    call('a', 0.4, 0.7, 'error');
    call('b', 100, 0);
    tick(10_000);
    const window = await source('a', signal);
    expect(window.inference_latency).toBeCloseTo(0.3, 12);
    expect(window.avg_confidence).toBeCloseTo(0.8, 12);
    expect(window).toMatchObject({ error_rate: 0.5, throughput: 0.2, memory_usage: 5e8 });
    tick(10_000);
    expect(await source('a', signal)).toMatchObject({ throughput: 0, error_rate: undefined });
  });

  it('counts from 0 after a reset, and says that there was one', async () => {
    const { registry, source, call, tick } = service();
    for (let i = 0; i < 5; i += 1) call('a', 1, 0.5);
    await source('a', signal);
    registry.resetMetrics();
    call('a', 0.1, 0.9);
    tick(1000);
    const window = await source('a', signal);
    expect(window.throughput).toBe(1);
    expect(window.inference_latency).toBeCloseTo(0.1, 12);
    expect(source.stats().counterResets).toBeGreaterThan(0);
  });

  it('feeds a monitor that finds a fault', async () => {
    const { source, call, tick } = service();
    const monitor = new ModelPerformanceMonitor({ source, intervalMillis: 10_000 });
    const window = async (seconds: number, at: number) => {
      for (let i = 0; i < 20; i += 1) call('a', seconds + 0.01 * ((i * at) % 7), 0.8 + 0.01 * ((i + at) % 5)); // prettier-ignore
      tick(10_000);
      return monitor.detectAnomalies('a');
    };
    let report = await window(0.2, 0);
    for (let at = 1; at < 80; at += 1) report = await window(0.2, at);
    expect(report.status).toBe('normal');
    report = await window(3, 81);
    expect(report.status).toBe('anomaly_detected');
    expect(report.anomalies[0]!.metric).toBe('inference_latency');
  });

  it('refuses what is no registry and readings of nothing', () => {
    expect(() => promClientSource({ registry: {} as PromClientRegistry })).toThrow(
      'prom-client registry',
    );
    const readings = { x: { gauge: { metric: '' } } };
    expect(() => promClientSource({ registry: new Registry(), readings })).toThrow('readings.x');
  });
});
