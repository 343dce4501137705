import { describe, expect, it } from 'vitest';

import { type AnomalyReport, ModelPerformanceMonitor } from '../src/index.js';
import { normalService, type Window } from './service.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);

/** A monitor that observes a service from the first window on. */
function stream(options = {}, intervalMillis = 5 * MINUTE, seed = 5) {
  const next = normalService('lognormal', seed);
  const monitor = new ModelPerformanceMonitor({ intervalMillis, ...options });
  let at = START - intervalMillis;
  const observe = (change: (window: Window) => object = (window) => window): AnomalyReport =>
    monitor.observe('m', change(next()) as Window, (at += intervalMillis));
  const observeMany = (count: number, change?: (window: Window) => object): AnomalyReport[] =>
    Array.from({ length: count }, () => observe(change));
  return { monitor, observe, observeMany, last: () => at };
}

describe('a stream without a history', () => {
  it('is learnt from: provisional after 30 windows, trained after 50', () => {
    const { observeMany } = stream();
    const reports = observeMany(60);
    expect(reports.slice(0, 30).every(({ status }) => status === 'not_trained')).toBe(true);
    expect(reports[29]!.training).toMatchObject({ stage: 'learning', samples: 29 });
    expect(reports[30]).toMatchObject({
      status: 'normal',
      training: { stage: 'provisional', samples: 30, provisional: true },
    });
    expect(reports[50]!.training.stage).toBe('trained');
    // By itself, one normal window in 31 is the largest of 31: 2016 windows a week.
    expect(reports[30]!.training.falseAlarmsPerWeek).toBeCloseTo(2016 / 31, 0);
  });

  it('keeps to the budget, and says so, once enough was seen', () => {
    const { observeMany } = stream();
    const reports = observeMany(3000);
    expect(reports[1000]!.training.provisional).toBe(true);
    expect(reports.at(-1)!.training).toMatchObject({ provisional: false, falseAlarmsPerWeek: 1 });
    expect(reports.filter(({ status }) => status === 'anomaly_detected').length).toBeLessThan(5);
  });

  it('does not learn an incident that goes on', () => {
    const { monitor, observeMany } = stream();
    observeMany(600);
    const before = monitor.baseline('m')!.metrics.inference_latency!;
    const reports = observeMany(60, (window) => ({
      ...window,
      inference_latency: 6 * window.inference_latency,
    }));
    expect(reports.slice(1).every(({ status }) => status === 'anomaly_detected')).toBe(true);
    const after = monitor.baseline('m')!.metrics.inference_latency!;
    expect(after.mean).toBeCloseTo(before.mean, 1);
    expect(after.single.above! / before.single.above!).toBeLessThan(1.1);
  });

  it.each([1, 2, 3, 4])(
    'calls a lasting shift abnormal in every window for six hours, then learns it, one finding in all (service %i)',
    (seed) => {
      const { monitor, observeMany } = stream({}, 5 * MINUTE, seed);
      observeMany(1500);
      expect(monitor.stats().findings).toBe(0);
      const reports = observeMany(100, (window) => ({
        ...window,
        inference_latency: 3 * window.inference_latency,
      }));
      const statuses = reports.map(({ status }) => status);
      const first = statuses.indexOf('anomaly_detected');
      expect(first).toBeLessThanOrEqual(1);
      const expected = reports.map((_, nth) => nth >= first && nth < first + 72 ? 'anomaly_detected' : 'normal'); // prettier-ignore
      expect(statuses).toEqual(expected);
      expect(monitor.stats()).toMatchObject({ shiftsLearnt: 1, findings: 1 });
    },
  );

  it('learns a shift after learnAfterMillis', () => {
    const { monitor, observeMany } = stream({ learnAfterMillis: 60 * MINUTE });
    observeMany(1500);
    observeMany(14, (window) => ({ ...window, throughput: window.throughput / 6 }));
    expect(monitor.stats().shiftsLearnt).toBe(1);
  });

  it('learns nothing from the stream when told so', () => {
    const { monitor, observeMany } = stream({ learnsFromStream: false });
    observeMany(100);
    expect(monitor.stats()).toMatchObject({ models: 0, modelsLearning: 0 });
  });
});

describe('a season', () => {
  const hour = (at: number): number => (at / (60 * MINUTE)) % 24;
  const daily = (at: number): number => Math.exp(0.8 * Math.sin((2 * Math.PI * hour(at)) / 24));

  it('is known by the day after three days, by the week after two weeks', () => {
    const service = stream();
    const weekly = (at: number): number =>
      Math.floor((at - START) / (24 * 60 * MINUTE)) % 7 >= 5 ? 0.3 : daily(at);
    const busy = (window: Window): object => ({
      ...window,
      throughput: window.throughput * weekly(service.last()),
    });
    const seasonAfter = (days: number): string | undefined => {
      service.observeMany(days * 288, busy);
      return service.monitor.baseline('m', service.last())!.metrics.throughput!.season;
    };
    expect(seasonAfter(2.9)).toBe('none');
    expect(seasonAfter(1.4)).toBe('daily');
    expect(seasonAfter(16)).toBe('weekly');
    expect(service.monitor.baseline('m', service.last())!.metrics.avg_confidence!.season).toBe(
      'none',
    );
  });
});

describe('the times of a stream', () => {
  it('must grow: windows that come late, twice, or at no time are named so and not looked at', () => {
    const { monitor, observeMany, last } = stream();
    observeMany(60);
    const window = normalService('lognormal', 6)();
    const at = last();
    expect(monitor.observe('m', window, at)).toMatchObject({
      status: 'duplicate_timestamp',
      anomalyScore: null,
      votes: null,
    });
    expect(monitor.observe('m', window, at - 1).status).toBe('out_of_order');
    expect(monitor.observe('m', window, Number.NaN).status).toBe('invalid_timestamp');
    expect(monitor.score('m', window, at).status).toBe('duplicate_timestamp');
    expect(monitor.baseline('m')!.samples).toBe(60);
    expect(monitor.stats().reports).toMatchObject({
      out_of_order: 1,
      duplicate_timestamp: 1,
      invalid_timestamp: 1,
    });
  });

  it('are believed again after three windows in order when the clock went back', () => {
    const { monitor, observeMany } = stream();
    observeMany(60);
    const window = normalService('lognormal', 6)();
    const past = [1, 2, 3, 4].map((step) => monitor.observe('m', window, START + step * 1000));
    expect(past.map(({ status }) => status)).toEqual([
      'out_of_order',
      'out_of_order',
      'normal',
      'normal',
    ]);
    expect(monitor.stats().clockJumps).toBe(1);
  });

  it('end a run of windows where they leave a gap', () => {
    const { monitor, observeMany, last } = stream();
    observeMany(60);
    const slower = { ...normalService('lognormal', 6)(), inference_latency: 75 };
    expect(monitor.observe('m', slower, last() + 5 * MINUTE).status).toBe('normal');
    expect(monitor.score('m', slower, last() + 10 * MINUTE).status).toBe('anomaly_detected');
    expect(monitor.score('m', slower, last() + 60 * MINUTE).status).toBe('normal');
  });
});

describe('a metric that stands still', () => {
  it('is named a flat line when it used to move', () => {
    const { observeMany } = stream();
    observeMany(200);
    const stuck = observeMany(30, (window) => ({ ...window, avg_confidence: 0.88 }));
    expect(stuck[5]!.status).toBe('normal');
    expect(stuck.at(-1)).toMatchObject({
      status: 'insufficient_data',
      anomalyScore: null,
      unusable: [{ metric: 'avg_confidence', reason: 'flat_line' }],
    });
  });

  it.each([5, 12, 16, 25, 60])(
    'is no flat line when it never moved, and came after %i idle windows',
    (idle) => {
      const { observeMany } = stream();
      // Nobody called: no latency, no errors and no confidence.
      observeMany(idle, ({ throughput, memory_usage }) => ({ throughput, memory_usage }));
      const reports = observeMany(150, (window) => ({ ...window, error_rate: 0 }));
      expect(reports.flatMap(({ unusable }) => unusable)).toEqual([]);
      expect(reports.at(-1)!.status).toBe('normal');
    },
  );
});

describe('models that move together', () => {
  it('are one finding', async () => {
    const monitor = new ModelPerformanceMonitor({ intervalMillis: 5 * MINUTE });
    const services = Array.from({ length: 12 }, (_, seed) => normalService('lognormal', seed));
    let at = START;
    const all = (change: (window: Window) => Window): AnomalyReport[] => {
      at += 5 * MINUTE;
      return services.map((next, index) => monitor.observe(`m${index}`, change(next()), at));
    };
    for (let window = 0; window < 120; window += 1) all((one) => one);
    const failing = (one: Window): Window => ({ ...one, error_rate: 0.6 });
    const reports = [all(failing), all(failing)][1]!;
    expect(reports.every(({ status }) => status === 'anomaly_detected')).toBe(true);
    expect(new Set(reports.map(({ finding }) => finding!.id)).size).toBe(1);
    expect(reports.at(-1)!.finding!.models).toBe(12);
    expect(monitor.stats().findings).toBe(1);
  });
});

describe('contributions', () => {
  it('add up to the score, the largest first among the anomalies', () => {
    const { observeMany, observe } = stream();
    observeMany(600);
    const report = observe((window) => ({ ...window, error_rate: 0.5, inference_latency: 300 }));
    expect(report.status).toBe('anomaly_detected');
    const sum = Object.values(report.contributions).reduce((total, part) => total + part, 0);
    expect(sum).toBeCloseTo(report.anomalyScore!, 9);
    const [first, second] = report.anomalies;
    expect(first!.contribution).toBeGreaterThanOrEqual(second!.contribution);
    expect(report.contributions[first!.metric]).toBe(first!.contribution);
  });
});
