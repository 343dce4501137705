import { describe, expect, it } from 'vitest';

import { ModelPerformanceMonitor } from '../src/index.js';

const usual = { avg_confidence: 0.9, inference_latency: 20, error_rate: 0, throughput: 100 };
const history = Array.from({ length: 60 }, (_, i) => ({ ...usual, memory_usage: i + 1 }));

async function baseline() {
  const monitor = new ModelPerformanceMonitor({ clock: { now: () => 0 } });
  await monitor.trainBaseline('m', history);
  return { monitor, baseline: monitor.baseline('m')! };
}

describe('a baseline', () => {
  it('has mean, deviation, 95 % quantile, median and median deviation of each metric', async () => {
    const { metrics, samples, trainedAt, training } = (await baseline()).baseline;
    // numpy: x = arange(1, 61); x.mean(), x.std(), percentile(x, 95), median(abs(x - median(x)))
    expect(metrics.memory_usage).toMatchObject({
      mean: 30.5,
      median: 30.5,
      mad: 15,
      min: 1,
      max: 60,
    });
    expect(metrics.memory_usage!.std).toBeCloseTo(17.318102282486574, 12);
    expect(metrics.memory_usage!.p95).toBeCloseTo(57.05, 12);
    expect([samples, trainedAt]).toEqual([60, '1970-01-01T00:00:00.000Z']);
    // One in 61 windows of a minute, by itself: that is what 60 windows can promise.
    expect(training).toEqual({
      stage: 'trained',
      samples: 60,
      provisional: true,
      falseAlarmsPerWeek: 165,
    });
  });

  it('tells the limits in the unit of the metric, and they are the ones that decide', async () => {
    const { monitor, baseline: known } = await baseline();
    const latency = known.metrics.inference_latency!;
    expect(latency.constant).toBe(true);
    expect(latency.single.above).toBeCloseTo(100, 6);
    // The geometric middle of twice and five times as much, on a scale with an offset of a hundredth.
    expect(latency.sustained.above).toBeCloseTo(57.514, 3);
    expect(latency.single.below).toBeNull();
    const at = (inference_latency: number) =>
      monitor.score('m', { ...usual, memory_usage: 30, inference_latency }).status;
    expect([at(99.9), at(100.1)]).toEqual(['normal', 'anomaly_detected']);
  });

  it('is JSON-able, also where no value is abnormal', async () => {
    const { baseline: known } = await baseline();
    expect(JSON.parse(JSON.stringify(known))).toEqual(known);
    expect(known.metrics.error_rate!.single).toEqual({ below: null, above: expect.closeTo(0.1, 9) as number }); // prettier-ignore
  });

  it('exists where nothing varied at all, and judges by what is worth reporting', async () => {
    const monitor = new ModelPerformanceMonitor();
    const flat = history.map((window) => ({ ...window, memory_usage: 5 }));
    expect((await monitor.trainBaseline('m', flat)).status).toBe('trained');
    const window = { ...usual, memory_usage: 5 };
    expect(monitor.observe('m', window)).toMatchObject({ status: 'normal', anomalyScore: 0 });
    expect(monitor.observe('m', { ...window, throughput: 0 }).anomalies[0]).toMatchObject({
      metric: 'throughput',
      severity: 'high',
    });
  });
});
