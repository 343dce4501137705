import { describe, expect, it } from 'vitest';

import { ModelPerformanceMonitor } from '../src/index.js';
import { normalService } from './service.js';

const CADENCE = 300_000;

/** A monitor after 600 normal windows, and a way to observe more of them, changed. */
function watched() {
  const monitor = new ModelPerformanceMonitor({ intervalMillis: CADENCE });
  const next = normalService('spiky', 5);
  let window = 0;
  const observe = (change: (metrics: ReturnType<typeof next>) => object = (metrics) => metrics) =>
    monitor.observe('m', change(next()) as never, CADENCE * window++);
  for (let nth = 0; nth < 600; nth += 1) observe();
  return { monitor, observe };
}

describe('a change to the side that is not watched', () => {
  it('is no incident, and is what is normal from a run of windows on: going back is one', () => {
    const { observe } = watched();
    const faster = Array.from({ length: 12 }, () =>
      observe((metrics) => ({ ...metrics, inference_latency: metrics.inference_latency / 8 })),
    );
    expect(faster.map(({ status }) => status)).toEqual(faster.map(() => 'normal'));
    const slower = [observe(), observe(), observe()];
    expect(slower.at(-1)!.status).toBe('anomaly_detected');
    expect(slower.at(-1)!.anomalies[0]!.metric).toBe('inference_latency');
  });

  it('is not followed after one window: what comes back the window after is as normal as before', () => {
    const { observe } = watched();
    observe((metrics) => ({ ...metrics, inference_latency: metrics.inference_latency / 8 }));
    expect([observe(), observe(), observe()].map(({ status }) => status)).toEqual(['normal', 'normal', 'normal']); // prettier-ignore
  });
});
