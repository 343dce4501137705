import { createReplicaTotals } from '@llm/metrics';
import { expect, it } from 'vitest';
import { ModelWindows, type DetectorCall } from '../src/model-windows.js';

function gather() {
  const windows = new ModelWindows(createReplicaTotals());
  const record = (call: Partial<DetectorCall>): void =>
    windows.record({ model: 'pii', durationMillis: 5, failed: false, confidences: [], ...call });
  return { windows, record };
}

it('gives nothing for the first window, which nobody saw begin', async () => {
  const { windows, record } = gather();
  record({});
  expect(await windows.collect('pii')).toEqual({});
});

it('gives the median latency of a window, which a single pause does not move', async () => {
  const { windows, record } = gather();
  await windows.collect('pii');
  for (const durationMillis of [4, 900, 6, 5, 5]) record({ durationMillis });
  const features = await windows.collect('pii');
  expect(features['inference_latency']).toBeGreaterThan(4);
  expect(features['inference_latency']).toBeLessThan(6);
});

it('gives the confidence of findings, and the last known one for windows without any', async () => {
  const { windows, record } = gather();
  await windows.collect('pii');
  record({});
  expect(await windows.collect('pii')).toMatchObject({ avg_confidence: 1, error_rate: 0 });
  record({ confidences: [0.9, 0.5] });
  record({});
  expect((await windows.collect('pii'))['avg_confidence']).toBeCloseTo(0.7);
  record({});
  expect((await windows.collect('pii'))['avg_confidence']).toBeCloseTo(0.7);
});

it('gives no latency and no error rate for a window without calls', async () => {
  const { windows, record } = gather();
  await windows.collect('pii');
  record({ failed: true });
  record({});
  expect(await windows.collect('pii')).toMatchObject({ error_rate: 0.5 });
  const features = await windows.collect('pii');
  expect(features).toMatchObject({ throughput: 0 });
  expect(features).not.toHaveProperty('inference_latency');
  expect(features).not.toHaveProperty('error_rate');
});

it('keeps the windows of models apart', async () => {
  const { windows, record } = gather();
  for (const model of ['pii', 'secrets']) await windows.collect(model);
  record({ failed: true });
  record({ model: 'secrets' });
  expect(await windows.collect('pii')).toMatchObject({ error_rate: 1 });
  expect(await windows.collect('secrets')).toMatchObject({ error_rate: 0 });
});
