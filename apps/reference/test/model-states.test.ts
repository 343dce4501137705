import { ModelPerformanceMonitor } from '@llm/anomaly';
import { expect, it } from 'vitest';
import { ModelStates } from '../src/model-states.js';

const monitor = new ModelPerformanceMonitor({ features: { throughput: false } });
const report = (latency: number, at: number) =>
  monitor.observe(
    'pii',
    { inference_latency: latency, error_rate: 0, avg_confidence: 0.9, memory_usage: 1e8 },
    at * 10_000,
  );

it('counts the windows of each model and remembers the latest that was flagged', () => {
  const states = new ModelStates(['pii', 'secrets']);
  let at = 0;
  for (; at < 60; at += 1) states.take(report(20 + (at % 5), at));
  const [before, after] = states.take(report(900, at));
  expect(before).toMatchObject({ status: 'normal', flagged: null });
  expect(after).toMatchObject({ status: 'anomaly_detected', windowsAnomalous: 1 });
  expect(after.windowsScored).toBe(before.windowsScored + 1);
  for (let later = 0; later < 20; later += 1) states.take(report(20 + (later % 5), ++at));
  const [pii, secrets] = states.list();
  expect(pii).toMatchObject({
    status: 'normal',
    flagged: { anomalies: [{ metric: 'inference_latency' }] },
  });
  expect(secrets).toMatchObject({ status: 'not_trained', windowsScored: 0 });
});

it('goes on from what another replica knew', () => {
  const [one, other] = [new ModelStates(['pii']), new ModelStates(['pii', 'jailbreak'])];
  one.take(report(22, 1000));
  other.adopt(one.list());
  other.take(report(21, 1001));
  const [pii, jailbreak] = other.list();
  expect(pii!.windowsScored).toBe(one.list()[0]!.windowsScored + 1);
  expect(jailbreak!.modelName).toBe('jailbreak');
});
