import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type AnomalyReport, type MetricValues, ModelPerformanceMonitor } from '../src/index.js';
import { normalService, windows } from './service.js';

const history = windows(normalService('lognormal', 1), 60);
const usual = {
  avg_confidence: 0.88,
  inference_latency: 20,
  error_rate: 0.01,
  throughput: 100,
  memory_usage: 158e6,
};
const slow = { ...usual, inference_latency: 900 };

// Trained once; every test goes on from the same state.
const saved = (async () => {
  const monitor = new ModelPerformanceMonitor();
  await monitor.trainBaseline('m', history);
  return monitor.toJSON();
})();

async function trained(options = {}) {
  return ModelPerformanceMonitor.fromJSON(await saved, { clock: { now: () => 0 }, ...options });
}

describe('ModelPerformanceMonitor', () => {
  it('says not_trained of a model that it knows nothing about', async () => {
    const monitor = new ModelPerformanceMonitor({ source: () => usual });
    expect((await monitor.detectAnomalies('m')).status).toBe('not_trained');
    expect(monitor.observe('m', usual)).toMatchObject({ anomalyScore: null, anomalies: [] });
    expect(monitor.baseline('m')).toBeUndefined();
    expect(monitor.stats().reports.not_trained).toBe(2);
  });

  it('needs fifty windows, and learns nothing from fewer', async () => {
    const monitor = new ModelPerformanceMonitor();
    expect(await monitor.trainBaseline('m', history.slice(0, 49))).toMatchObject({
      status: 'insufficient_data',
      samples: 49,
      required: 50,
    });
    expect(monitor.models()).toEqual([]);
    const result = await monitor.trainBaseline('m', history.slice(0, 50));
    expect(result).toMatchObject({ status: 'trained', samples: 50 });
    expect(monitor.stats()).toMatchObject({ trainings: 1, trainingsInsufficient: 1, models: 1 });
  });

  it('leaves out windows with an unusable metric, names them, and keeps the baseline it had', async () => {
    const monitor = await trained();
    const before = monitor.baseline('m');
    const holes = history.map((window, row) =>
      row % 4 === 1 ? { ...window, inference_latency: Number.NaN } : window,
    );
    const result = await monitor.trainBaseline('m', holes);
    expect(result).toMatchObject({ status: 'insufficient_data', samples: 45, skipped: 15 });
    expect(result.skippedWindows[0]).toEqual({
      row: 1,
      metric: 'inference_latency',
      reason: 'not_a_number',
    });
    expect(result.skippedWindows).toHaveLength(10);
    expect(monitor.baseline('m')).toEqual(before);
  });

  it('calls a usual window normal and a slow one an anomaly, naming the latency', async () => {
    const monitor = await trained();
    const normal = monitor.observe('m', usual);
    expect(normal).toMatchObject({ status: 'normal', anomalies: [], modelName: 'm' });
    expect(normal.anomalyScore).toBeLessThanOrEqual(1);
    const report = monitor.observe('m', slow, Date.UTC(2026, 0, 2));
    expect(report.status).toBe('anomaly_detected');
    expect(report.timestamp).toBe('2026-01-02T00:00:00.000Z');
    expect(report.anomalyScore).toBeGreaterThan(1);
    const [anomaly] = report.anomalies;
    const summary = monitor.baseline('m')!.metrics.inference_latency!;
    expect(anomaly).toMatchObject({
      metric: 'inference_latency',
      currentValue: 900,
      baselineMean: summary.mean,
      severity: 'high',
    });
    expect(anomaly!.zScore).toBeCloseTo((900 - summary.mean) / summary.std, 9);
  });

  it('lets a change too small for one window pass once, and reports it when it lasts', async () => {
    const monitor = await trained();
    const slower = { ...usual, inference_latency: 70 };
    const statuses = [slower, slower, slower, usual, slower].map(
      (window) => monitor.observe('m', window).status,
    );
    expect(statuses).toEqual([
      'normal',
      'anomaly_detected',
      'anomaly_detected',
      'normal',
      'normal',
    ]);
  });

  it('scores without remembering, and observes with it', async () => {
    const monitor = await trained();
    const slower = { ...usual, inference_latency: 70 };
    for (let i = 0; i < 5; i += 1) expect(monitor.score('m', slower).status).toBe('normal');
    monitor.observe('m', slower);
    expect(monitor.score('m', slower)).toEqual(monitor.observe('m', slower));
    expect(monitor.stats().reports).toMatchObject({ normal: 1, anomaly_detected: 1 });
  });

  it('keeps a model of normal for each model', async () => {
    const monitor = await trained();
    await monitor.trainBaseline(
      'slow one',
      history.map((window) => ({ ...window, inference_latency: window.inference_latency * 45 })),
    );
    expect(monitor.score('m', slow).status).toBe('anomaly_detected');
    expect(monitor.score('slow one', slow).status).toBe('normal');
    expect(monitor.models()).toEqual(['m', 'slow one']);
    expect(monitor.forget('m')).toBe(true);
    expect(monitor.score('m', slow).status).toBe('not_trained');
  });

  it('trains the same from the same history, whatever the order of the keys', async () => {
    const reversed = history.map((window) => Object.fromEntries(Object.entries(window).reverse()));
    const monitor = await trained();
    const other = new ModelPerformanceMonitor({ clock: { now: () => 0 } });
    await other.trainBaseline('m', reversed);
    expect(other.score('m', slow)).toEqual(monitor.score('m', slow));
  });

  it.each([
    ['a missing', { inference_latency: undefined }, 'missing'],
    ['a null', { inference_latency: null }, 'missing'],
    ['a NaN', { inference_latency: Number.NaN }, 'not_a_number'],
    ['a textual', { inference_latency: '20' as unknown as number }, 'not_a_number'],
    ['an infinite', { inference_latency: Infinity }, 'not_finite'],
    ['a negative', { inference_latency: -1 }, 'out_of_range'],
  ])(
    'names %s metric as insufficient data and does not score the window',
    async (_, bad, reason) => {
      const monitor = await trained();
      const report = monitor.observe('m', { ...usual, ...bad });
      expect(report).toMatchObject({
        status: 'insufficient_data',
        anomalyScore: null,
        anomalies: [],
        unusable: [{ metric: 'inference_latency', reason }],
      });
      expect(report.metrics).not.toHaveProperty('inference_latency');
    },
  );

  it('reports what is far out even if another metric is missing', async () => {
    const monitor = await trained();
    const metrics = { ...usual, inference_latency: undefined, error_rate: 1 };
    const report = monitor.observe('m', metrics);
    expect(report.status).toBe('anomaly_detected');
    expect(report.anomalies.map(({ metric }) => metric)).toEqual(['error_rate']);
    expect(report.unusable).toEqual([{ metric: 'inference_latency', reason: 'missing' }]);
  });

  it('sees a column leave the value that it always had in training', async () => {
    const monitor = new ModelPerformanceMonitor({ features: { rate_limited: {} } });
    const flat = history.map((window) => ({ ...window, error_rate: 0, rate_limited: 0 }));
    await monitor.trainBaseline('m', flat);
    const quiet = { ...usual, error_rate: 0, rate_limited: 0 };
    expect(monitor.baseline('m')?.metrics.error_rate?.constant).toBe(true);
    expect(monitor.observe('m', quiet).status).toBe('normal');
    expect(monitor.observe('m', { ...quiet, error_rate: 0.02 }).status).toBe('normal');
    const failing = monitor.observe('m', { ...quiet, error_rate: 0.4 });
    expect(failing.anomalies[0]).toMatchObject({ metric: 'error_rate', severity: 'high' });
    // Nothing says how large a change of this one matters: only one that lasts is reported.
    monitor.observe('m', quiet);
    const limited = [3, 1, 2].map((rate_limited) =>
      monitor.observe('m', { ...quiet, rate_limited }),
    );
    expect(limited.map(({ status }) => status)).toEqual([
      'normal',
      'anomaly_detected',
      'anomaly_detected',
    ]);
    expect(limited[2]!.anomalies[0]).toMatchObject({ metric: 'rate_limited' });
    expect(JSON.parse(JSON.stringify(limited[2]))).toEqual(limited[2]);
  });

  it('watches metrics beside and instead of the five', async () => {
    const monitor = new ModelPerformanceMonitor({
      features: {
        memory_usage: false,
        time_to_first_chunk: { transform: 'log', direction: 'up', minChange: { relative: 1 } },
      },
    });
    await monitor.trainBaseline(
      'm',
      history.map((window, i) => ({ ...window, time_to_first_chunk: 5 + (i % 7) })),
    );
    const metrics = { ...usual, memory_usage: undefined, time_to_first_chunk: 500 };
    const report = monitor.observe('m', metrics);
    expect(report.anomalies[0]?.metric).toBe('time_to_first_chunk');
    expect(report.unusable).toEqual([]);
  });

  it('judges by the share of outliers of the original when contamination is set', async () => {
    const monitor = new ModelPerformanceMonitor({ contamination: 0.1 });
    await monitor.trainBaseline('m', history);
    const flagged = history.filter(
      (window) => monitor.score('m', window).status === 'anomaly_detected',
    );
    expect(flagged).toHaveLength(6);
    const wrong = { avg_confidence: 0.5, error_rate: 0.4, throughput: 3, memory_usage: 9e8 };
    const report = monitor.score('m', { ...slow, ...wrong });
    expect(report.votes).toMatchObject({ single: null, sustained: null, relation: null });
    expect(report.votes!.forest).toBeGreaterThan(1);
    expect(report.status).toBe('anomaly_detected');
    expect(report.anomalies).toHaveLength(5);
  });

  it('finds a relation between metrics that broke, though no metric is out of its range', async () => {
    const features = {
      ...Object.fromEntries(Object.keys(usual).map((name) => [name, false as const])),
      tokens: { transform: 'identity', minChange: {} } as const,
      cost: { transform: 'identity', minChange: {} } as const,
    };
    const monitor = new ModelPerformanceMonitor({ features });
    const tied = Array.from({ length: 200 }, (_, i) => {
      const tokens = 1000 + 300 * Math.sin(i * 1.7);
      return { tokens, cost: tokens / 100 + 0.1 * Math.sin(i * 5.3) };
    });
    await monitor.trainBaseline('m', tied);
    for (const window of tied) expect(monitor.observe('m', window).status).toBe('normal');
    const middle = { tokens: 1000, cost: 10 };
    for (let i = 0; i < 2; i += 1) monitor.observe('m', middle);
    const broken = { tokens: 800, cost: 12 };
    const reports = [broken, broken].map((window) => monitor.observe('m', window));
    expect(reports[1]!.status).toBe('anomaly_detected');
    expect(reports[1]!.votes!.relation).toBeGreaterThan(1);
    expect(reports[1]!.votes!.single).toBeLessThanOrEqual(1);
    expect(reports[1]!.anomalies).toHaveLength(1);
  });

  it('makes JSON-able reports of whatever it is given, and never throws', async () => {
    const monitor = await trained();
    const anything = fc.oneof(
      fc.double(),
      fc.constantFrom(0, 1, -1, 1e149, Number.MAX_VALUE, undefined, null),
      fc.string() as fc.Arbitrary<unknown> as fc.Arbitrary<number>,
    );
    const metrics: fc.Arbitrary<MetricValues> = fc.record(
      {
        avg_confidence: anything,
        inference_latency: anything,
        error_rate: anything,
        throughput: anything,
        memory_usage: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(metrics, fc.double(), (values, at) => {
        const report = monitor.observe('m', values, at);
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
        expect(report.anomalyScore !== null).toBe(
          report.status === 'normal' || report.status === 'anomaly_detected',
        );
        expect(report.anomalies.length > 0).toBe(report.status === 'anomaly_detected');
      }),
    );
  });

  it('refuses models beyond maxModels, trains known ones again, and counts', async () => {
    const monitor = new ModelPerformanceMonitor({ maxModels: 1 });
    const both = await Promise.all(['a', 'b'].map((name) => monitor.trainBaseline(name, history)));
    expect(both.map(({ status }) => status)).toEqual(['trained', 'too_many_models']);
    expect((await monitor.trainBaseline('a', history)).status).toBe('trained');
    expect(monitor.stats()).toMatchObject({ models: 1, trainings: 2, trainingsRefused: 1 });
  });

  it('learns from the newest windows of a long history, and counts the others', async () => {
    const monitor = new ModelPerformanceMonitor({ maxHistory: 50 });
    const old = Array.from({ length: 30 }, () => slow);
    const result = await monitor.trainBaseline('m', [...old, ...history]);
    expect(result).toMatchObject({ samples: 50, dropped: 40 });
    expect(monitor.stats().windowsDropped).toBe(40);
    expect(monitor.baseline('m')!.metrics.inference_latency!.max).toBeLessThan(100);
  });

  it('refuses what is no model name and no history', async () => {
    const monitor = new ModelPerformanceMonitor();
    await expect(monitor.trainBaseline('', history)).rejects.toThrow('model name');
    await expect(monitor.trainBaseline('m', 'x' as unknown as [])).rejects.toThrow('history');
    const rows = Array.from({ length: 60 }, () => null) as unknown as MetricValues[];
    expect(await monitor.trainBaseline('m', rows)).toMatchObject({ samples: 0, skipped: 60 });
  });
});

describe('detectAnomalies', () => {
  it('collects from the source and observes', async () => {
    const monitor = await trained({ source: async () => slow });
    expect(await monitor.collectPerformanceMetrics('m')).toEqual(slow);
    expect((await monitor.detectAnomalies('m')).status).toBe('anomaly_detected');
  });

  it('reports a source that throws, times out or gives nonsense, and tells onError', async () => {
    const errors: unknown[] = [];
    let answer: () => unknown = () => usual;
    const monitor = await trained({
      source: () => answer(),
      sourceTimeoutMillis: 20,
      onError: (error: unknown) => {
        errors.push(error);
        throw new Error('never mind');
      },
    });
    answer = () => {
      throw new Error('secret');
    };
    const failed = await monitor.detectAnomalies('m');
    expect(failed).toMatchObject({ status: 'insufficient_data', sourceError: 'failed' });
    expect(JSON.stringify(failed)).not.toContain('secret');
    answer = () => undefined;
    expect((await monitor.detectAnomalies('m')).sourceError).toBe('failed');
    answer = () => new Promise(() => {});
    expect((await monitor.detectAnomalies('m')).sourceError).toBe('timed_out');
    expect(errors).toHaveLength(3);
    expect(monitor.stats()).toMatchObject({ sourceFailures: 2, sourceTimeouts: 1 });
    expect((await monitor.detectAnomalies('unknown')).status).toBe('not_trained');
  });

  it('reports, and rejects on collecting, when no source is configured', async () => {
    const monitor = await trained();
    await expect(monitor.collectPerformanceMetrics('m')).rejects.toThrow('no source');
    expect((await monitor.detectAnomalies('m')).status).toBe('insufficient_data');
  });

  it('does not count windows on both sides of a failed collection as one run', async () => {
    const slower = { ...usual, inference_latency: 70 };
    let fails = false;
    const monitor = await trained({
      source: () => {
        if (fails) throw new Error('gap');
        return slower;
      },
    });
    expect((await monitor.detectAnomalies('m')).status).toBe('normal');
    fails = true;
    await monitor.detectAnomalies('m');
    fails = false;
    expect((await monitor.detectAnomalies('m')).status).toBe('normal');
  });
});

describe('start and stop', () => {
  let monitor: ModelPerformanceMonitor;
  const reports: AnomalyReport[] = [];
  let source: () => unknown = () => usual;

  beforeEach(async () => {
    reports.length = 0;
    source = () => usual;
    monitor = await trained({
      source: () => source(),
      intervalMillis: 1000,
      sourceTimeoutMillis: 60_000,
      models: ['untrained', 'm'],
    });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  });

  afterEach(async () => {
    vi.useRealTimers();
    await monitor.stop();
  });

  it('reports each trained and each listed model once an interval, until stopped', async () => {
    monitor.start((report) => reports.push(report));
    await vi.advanceTimersByTimeAsync(999);
    expect(reports).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1001);
    expect(reports.map(({ modelName, status }) => [modelName, status])).toEqual([
      ['untrained', 'not_trained'],
      ['m', 'normal'],
      ['untrained', 'not_trained'],
      ['m', 'normal'],
    ]);
    await monitor.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(reports).toHaveLength(4);
    monitor.start((report) => reports.push(report));
    await vi.advanceTimersByTimeAsync(1000);
    expect(reports).toHaveLength(6);
  });

  it('survives an onReport that throws or rejects, and counts it', async () => {
    monitor.start((report) => {
      if (report.modelName === 'm') throw new Error('sync');
      return Promise.reject(new Error('async'));
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(monitor.stats().reportFailures).toBe(4);
  });

  it('skips a round while one is running, and stop waits for that one', async () => {
    let answer: (metrics: unknown) => void = () => {};
    source = () => new Promise((resolve) => (answer = resolve));
    monitor.forget('m');
    const lone = await trained({
      source: () => source(),
      intervalMillis: 1000,
      sourceTimeoutMillis: 60_000,
    });
    lone.start((report) => reports.push(report));
    await vi.advanceTimersByTimeAsync(3500);
    expect(lone.stats().roundsSkipped).toBe(2);
    const stopped = lone.stop();
    answer(usual);
    await stopped;
    expect(reports).toHaveLength(1);
  });

  it('refuses a second start and an onReport that is none', () => {
    expect(() => monitor.start('x' as unknown as () => void)).toThrow('onReport');
    monitor.start(() => {});
    expect(() => monitor.start(() => {})).toThrow('started already');
  });
});
