import { describe, expect, it } from 'vitest';

import { ModelPerformanceMonitor, type MonitorDocument } from '../src/index.js';
import { normalService, windows } from './service.js';

const history = windows(normalService('spiky', 3), 60);
const clock = { now: () => 0 };

async function monitorOf(options = {}): Promise<ModelPerformanceMonitor> {
  const monitor = new ModelPerformanceMonitor({ clock, ...options });
  await monitor.trainBaseline('a', history);
  await monitor.trainBaseline(
    'b',
    history.map((window) => ({ ...window, error_rate: 0 })),
  );
  return monitor;
}

const saved = (async () => {
  const monitor = await monitorOf();
  return JSON.parse(JSON.stringify(monitor)) as MonitorDocument;
})();

describe('a saved monitor', () => {
  it('goes on in mid-stream as if it had not stopped', async () => {
    const next = normalService('bursty', 9);
    const stream = windows(next, 60).map((window, i) =>
      i % 9 > 4 ? { ...window, inference_latency: window.inference_latency * 4 } : window,
    );
    const straight = await monitorOf();
    let restarted = await monitorOf();
    for (const window of [{ ...stream[0]!, throughput: Number.NaN }, ...stream]) {
      for (const name of ['a', 'b']) {
        expect(restarted.observe(name, window)).toEqual(straight.observe(name, window));
      }
      restarted = ModelPerformanceMonitor.fromJSON(JSON.parse(JSON.stringify(restarted)), {
        clock,
      });
    }
    expect(straight.stats().reports.anomaly_detected).toBeGreaterThan(0);
    expect(restarted.baseline('b')).toEqual(straight.baseline('b'));
  }, 20_000);

  it('keeps the contamination rule of its models', async () => {
    const monitor = await monitorOf({ contamination: 0.1 });
    const loaded = ModelPerformanceMonitor.fromJSON(monitor.toJSON(), {
      clock,
      contamination: 0.1,
    });
    for (const window of history.slice(0, 10)) {
      expect(loaded.score('a', window)).toEqual(monitor.score('a', window));
    }
  });

  it('is refused when it is something else, of another version, damaged, or of other metrics', async () => {
    const document = await saved;
    const read = (value: unknown, options = {}) => ModelPerformanceMonitor.fromJSON(value, options);
    expect(() => read(undefined)).toThrow('has the format');
    expect(() => read([])).toThrow('has the format');
    expect(() => read({ ...document, version: 1 })).toThrow('version 1');
    const damaged = document.models.map((part) => ({ ...part, state: part.state.replace('"a"', '"c"') })); // prettier-ignore
    expect(() => read({ ...document, models: damaged })).toThrow('checksum of the model "a"');
    expect(() => read({ ...document, shared: { state: 7 } })).toThrow('checksum of the saved monitor'); // prettier-ignore
    expect(() => read(document, { features: { memory_usage: false } })).toThrow(
      'the saved monitor watches avg_confidence, inference_latency',
    );
    expect(() => read(document, { maxModels: 1 })).toThrow('maxModels is 1');
  });
});
