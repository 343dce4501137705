import { describe, expect, it } from 'vitest';

import { IsolationForest, type MetricValues, ModelPerformanceMonitor } from '../src/index.js';
import { normalService, windows } from './service.js';

const MINUTE = 60_000;
const history = windows(normalService('lognormal', 1), 80);
const usual = {
  avg_confidence: 0.88,
  inference_latency: 20,
  error_rate: 0.01,
  throughput: 100,
  memory_usage: 158e6,
};
const metrics = Object.keys(usual) as (keyof typeof usual)[];
const unscored = { anomalyScore: null, anomalies: [], contributions: {}, finding: null };

/** A monitor that has seen eighty windows, a minute apart, the newest at `last`. */
function watching(more: MetricValues = {}) {
  const monitor = new ModelPerformanceMonitor({ clock: { now: () => 0 } });
  history.forEach((window, index) => {
    monitor.observe('m', { ...window, ...more }, (index + 1) * MINUTE);
  });
  return { monitor, last: history.length * MINUTE };
}

describe('a metric that is no finite number', () => {
  const faults: [string, unknown, string][] = [
    ['NaN', Number.NaN, 'not_a_number'],
    ['text', '20', 'not_a_number'],
    ['an object', {}, 'not_a_number'],
    ['Infinity', Infinity, 'not_finite'],
    ['-Infinity', -Infinity, 'not_finite'],
    ['undefined', undefined, 'missing'],
    ['null', null, 'missing'],
  ];

  it.each(faults)(
    'is named, whichever it is, and the window is not scored: %s',
    (_, value, reason) => {
      const { monitor, last } = watching();
      metrics.forEach((metric, index) => {
        const report = monitor.observe('m', { ...usual, [metric]: value as number }, last + (index + 1) * MINUTE); // prettier-ignore
        expect(report).toMatchObject({ status: 'insufficient_data', ...unscored });
        expect(report.unusable).toEqual([{ metric, reason }]);
        expect(Object.keys(report.metrics)).toEqual(metrics.filter((other) => other !== metric));
      });
    },
  );

  it('is named when its key is not there, and so is all of a window that is none', () => {
    const { monitor, last } = watching();
    const without: Partial<typeof usual> = { ...usual };
    delete without.throughput;
    expect(monitor.observe('m', without, last + MINUTE)).toMatchObject({
      status: 'insufficient_data',
      ...unscored,
      unusable: [{ metric: 'throughput', reason: 'missing' }],
    });
    for (const none of [{}, null, undefined, [], [1, 2, 3, 4, 5], 'window', 7]) {
      const report = monitor.score('m', none as MetricValues, last + 2 * MINUTE);
      expect(report).toMatchObject({ status: 'insufficient_data', ...unscored, metrics: {} });
      expect(report.unusable).toEqual(metrics.map((metric) => ({ metric, reason: 'missing' })));
    }
  });

  it('does not disturb what is learnt: the next window is judged as if it had not come', () => {
    const { monitor, last } = watching();
    const undisturbed = watching().monitor;
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const all = Object.fromEntries(metrics.map((metric) => [metric, value]));
      expect(monitor.score('m', all, last + MINUTE).status).toBe('insufficient_data');
    }
    const slow = { ...usual, inference_latency: 900 };
    expect(monitor.observe('m', slow, last + MINUTE)).toEqual(
      undisturbed.observe('m', slow, last + MINUTE),
    );
  });

  it('is named by row and metric in a history, and by row and column in rows of a forest', async () => {
    const monitor = new ModelPerformanceMonitor();
    const bad: MetricValues[] = [Number.NaN, Infinity, -Infinity].map((error_rate) => ({ ...usual, error_rate })); // prettier-ignore
    const result = await monitor.trainBaseline('m', [...bad, ...history, { throughput: 3 }]);
    expect(result).toMatchObject({ status: 'trained', samples: 80, skipped: 4 });
    expect(result.skippedWindows).toEqual([
      { row: 0, metric: 'error_rate', reason: 'not_a_number' },
      { row: 1, metric: 'error_rate', reason: 'not_finite' },
      { row: 2, metric: 'error_rate', reason: 'not_finite' },
      { row: 83, metric: 'avg_confidence', reason: 'missing' },
    ]);
    const forest = new IsolationForest({ randomState: 1 }).fit([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    for (const value of [Number.NaN, Infinity, -Infinity, undefined, null, '1']) {
      const rows = [[1, 2], [3, value as number]]; // prettier-ignore
      expect(() => forest.scoreSamples(rows)).toThrow('row 1, column 1');
      expect(() => forest.scoreSample([value as number, 2])).toThrow('column 0');
      expect(() => new IsolationForest().fit(rows)).toThrow('row 1, column 1');
    }
  });
});

describe('a metric that was constant', () => {
  it('is said to be so, is no part of a score while it stays, and is named when it leaves', () => {
    const { monitor, last } = watching({ error_rate: 0 });
    expect(monitor.baseline('m')!.metrics['error_rate']).toMatchObject({ constant: true, std: 0 });
    const quiet = { ...usual, error_rate: 0 };
    const normal = monitor.observe('m', quiet, last + MINUTE);
    expect(normal.status).toBe('normal');
    const failing = monitor.observe('m', { ...quiet, error_rate: 0.5 }, last + 2 * MINUTE);
    expect(failing.status).toBe('anomaly_detected');
    expect(failing.anomalies.map(({ metric }) => metric)).toEqual(['error_rate']);
  });

  it('does not keep a model of constants from being watched', () => {
    const monitor = new ModelPerformanceMonitor({ clock: { now: () => 0 } });
    const at = (window: number): number => window * MINUTE;
    for (let window = 1; window <= 60; window += 1) monitor.observe('m', usual, at(window));
    expect(monitor.observe('m', usual, at(61))).toMatchObject({ status: 'normal', anomalies: [] });
    const slow = monitor.observe('m', { ...usual, inference_latency: 900 }, at(62));
    expect(slow.anomalies.map(({ metric }) => metric)).toEqual(['inference_latency']);
    expect(JSON.parse(JSON.stringify(slow))).toEqual(slow);
  });
});

describe('no row, and one', () => {
  it('teach a monitor nothing, and it says how many it needs', async () => {
    const monitor = new ModelPerformanceMonitor({ clock: { now: () => 0 } });
    for (const rows of [[], [usual]]) {
      expect(await monitor.trainBaseline('m', rows)).toMatchObject({
        status: 'insufficient_data',
        samples: rows.length,
        required: 50,
      });
    }
    expect(monitor.models()).toEqual([]);
    expect(monitor.baseline('m')).toBeUndefined();
    expect(monitor.score('m', usual)).toMatchObject({ status: 'not_trained', ...unscored });
    expect(monitor.observe('m', usual)).toMatchObject({ status: 'not_trained', ...unscored });
    const again = monitor.observe('m', { ...usual, inference_latency: 1e6 });
    expect(again).toMatchObject({ status: 'not_trained', ...unscored });
    expect(again.training).toMatchObject({ stage: 'learning', samples: 1 });
  });

  it('are refused by a forest, which then has learnt nothing', () => {
    const forest = new IsolationForest();
    expect(() => forest.fit([])).toThrow('rows must hold at least one row, got 0');
    expect(() => forest.fit([[1, 2, 3]])).toThrow('rows must hold at least two rows to fit, got 1');
    expect(() => forest.scoreSample([1, 2, 3])).toThrow('not fitted');
    expect(forest.fit([[1], [2]]).scoreSamples([])).toHaveLength(0);
  });
});

describe('rows of the wrong width', () => {
  it('are named with both widths by a forest', () => {
    expect(() => new IsolationForest().fit([[1, 2], [3, 4, 5]])).toThrow('row 1 must have 2 columns, got 3'); // prettier-ignore
    const forest = new IsolationForest().fit([[1, 2], [3, 4]]); // prettier-ignore
    expect(() => forest.scoreSamples([[1, 2], [3]])).toThrow('row 1 must have 2 columns, got 1'); // prettier-ignore
    expect(() => forest.predict([[1, 2, 3]])).toThrow('row 0 must have 2 columns, got 3');
    expect(() => forest.scoreSample([])).toThrow('row must have at least one column, got 0');
    expect(() => forest.scoreSample([1, 2, 3])).toThrow('row must have 2 columns, got 3');
  });

  it('are, as windows, what the watched metrics make of them: others are not looked at', () => {
    const { monitor, last } = watching();
    const wide = { ...usual, colour: 7, inference_latency_p99: Number.NaN };
    expect(monitor.score('m', wide, last + MINUTE)).toEqual(monitor.score('m', usual, last + MINUTE)); // prettier-ignore
  });
});

describe('a window whose time does not follow the one before', () => {
  it.each([
    ['a duplicate', 0, 'duplicate_timestamp'],
    ['one that is late by a millisecond', -1, 'out_of_order'],
    ['one that is late by half of what was seen', -40 * MINUTE, 'out_of_order'],
    ['one at no time', Number.NaN, 'invalid_timestamp'],
    ['one at Infinity', Infinity, 'invalid_timestamp'],
    ['one beyond what a Date can hold', 1e16, 'invalid_timestamp'],
  ])('is named and neither scored nor learnt, however abnormal: %s', (_, offset, status) => {
    const { monitor, last } = watching();
    const slow = { ...usual, inference_latency: 1e6, error_rate: 1 };
    const report = monitor.observe('m', slow, last + offset);
    expect(report).toMatchObject({ status, ...unscored, votes: null });
    expect(monitor.baseline('m', last)).toEqual(watching().monitor.baseline('m', last));
    const next = monitor.observe('m', usual, last + MINUTE);
    expect(next).toEqual(watching().monitor.observe('m', usual, last + MINUTE));
  });

  it('is left out of a history, by its row', async () => {
    const times = history.map((_, index) => index * MINUTE);
    times[20] = times[19]!;
    times[30] = times[28]! + 1;
    times[40] = Number.NaN;
    const timed = history.map((window, index) => ({ at: times[index]!, metrics: window }));
    const result = await new ModelPerformanceMonitor().trainBaseline('m', timed);
    expect(result).toMatchObject({ status: 'trained', samples: 77, skipped: 3 });
    expect(result.skippedWindows).toEqual([
      { row: 20, metric: null, reason: 'duplicate_timestamp' },
      { row: 30, metric: null, reason: 'out_of_order' },
      { row: 40, metric: null, reason: 'invalid_timestamp' },
    ]);
  });
});
