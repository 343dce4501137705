import { describe, expect, it } from 'vitest';

import { ModelPerformanceMonitor, type MonitorOptions } from '../src/index.js';
import { type Noise, normalService, type Window, windows } from './service.js';

const noises: Noise[] = ['lognormal', 'gamma', 'spiky', 'bursty'];
const SERVICES = 10;
const SCORED = 1000;

async function trained(noise: Noise, seed: number, options: MonitorOptions = {}) {
  const next = normalService(noise, seed);
  const monitor = new ModelPerformanceMonitor(options);
  await monitor.trainBaseline('m', windows(next, 60));
  return { monitor, next };
}

/** Each test has its own: an incident of one may still go on when the next begins. */
const services = () =>
  Promise.all(
    noises.flatMap((noise) => Array.from({ length: 10 }, (_, i) => trained(noise, 101 + i))),
  );

describe('trained on 60 normal windows', { timeout: 60_000 }, () => {
  it.each([
    ['lognormal', 0.0002],
    ['gamma', 0.0002],
    // Two windows in a hundred take 3 to 5 times as long, and training may have seen none of them.
    ['spiky', 0.003],
    ['bursty', 0.003],
  ] as const)(
    'raises few false alarms on %s latency: at most %d of windows',
    async (noise, bound) => {
      let alarms = 0;
      for (let seed = 1; seed <= SERVICES; seed += 1) {
        const { monitor, next } = await trained(noise, seed);
        for (const window of windows(next, SCORED)) monitor.observe('m', window);
        alarms += monitor.stats().reports.anomaly_detected;
      }
      console.info(`false alarms, ${noise}: ${alarms} of ${SERVICES * SCORED} windows`);
      expect(alarms / (SERVICES * SCORED)).toBeLessThanOrEqual(bound);
    },
  );

  it('raises hardly any where the owner says from how many milliseconds a jump matters', async () => {
    const features = { inference_latency: { minJump: { relative: 4, absolute: 130 } } };
    let alarms = 0;
    let found = 0;
    for (let seed = 1; seed <= 5; seed += 1) {
      for (const noise of ['spiky', 'bursty'] as const) {
        const { monitor, next } = await trained(noise, seed, { features });
        for (const window of windows(next, SCORED)) monitor.observe('m', window);
        alarms += monitor.stats().reports.anomaly_detected;
        const inference_latency = next().inference_latency + 600;
        const report = monitor.observe('m', { ...next(), inference_latency });
        if (report.anomalies[0]?.metric === 'inference_latency') found += 1;
      }
    }
    console.info(
      `false alarms, jumps from 130 ms: ${alarms} of ${10 * SCORED}; faults ${found}/10`,
    );
    // `minJump` is about one window: two stray ones in a row are a change that lasts, of twice as much or more.
    expect(alarms).toBeLessThanOrEqual(1);
    expect(found).toBe(10);
  });

  it('finds a tenfold latency in the first window, and names it first', async () => {
    let found = 0;
    let asked = 0;
    for (const { monitor, next } of await services()) {
      for (const window of windows(next, 20)) {
        const inference_latency = window.inference_latency * 10;
        const report = monitor.score('m', { ...window, inference_latency });
        asked += 1;
        if (report.status !== 'anomaly_detected') continue;
        found += 1;
        expect(report.anomalies[0]?.metric).toBe('inference_latency');
      }
    }
    console.info(`tenfold latency: ${found} of ${asked} found in the first window`);
    expect(found / asked).toBeGreaterThan(0.9);
  });

  it.each<[keyof Window, string, (value: number) => number, number]>([
    // Three times the latency is hardly beyond what gamma(8) noise does by itself.
    ['inference_latency', 'tripled', (value) => value * 3, 0.75],
    ['error_rate', 'at 30 %', () => 0.3, 0.95],
    ['avg_confidence', 'down by 0.2', (value) => value - 0.2, 0.95],
    ['throughput', 'down to a fifth', (value) => value / 5, 0.95],
    ['throughput', 'at nothing', () => 0, 0.95],
    ['memory_usage', 'at two and a half times', (value) => value * 2.5, 0.95],
  ])('finds %s %s within three windows, and names it first', async (metric, how, spoil, share) => {
    let found = 0;
    const all = await services();
    for (const { monitor, next } of all) {
      for (const window of windows(next, 3)) monitor.observe('m', window);
      const reports = windows(next, 3).map((window) =>
        monitor.observe('m', { ...window, [metric]: spoil(window[metric]) }),
      );
      const first = reports.find(({ status }) => status === 'anomaly_detected');
      if (first === undefined) continue;
      found += 1;
      expect(first.anomalies[0]?.metric).toBe(metric);
    }
    const of = all.length;
    console.info(`${metric} ${how}: ${found} of ${of} found within three windows`);
    expect(found / of).toBeGreaterThanOrEqual(share);
  });
});
