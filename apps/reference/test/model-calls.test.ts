import { expect, it, onTestFinished } from 'vitest';
import { ModelCalls, type ModelCall } from '../src/model-calls.js';
import { ProcessSums } from '../src/sharing/sums.js';

function gather() {
  const statements: unknown[][] = [];
  const query = async (_sql: string, values: unknown[]) => {
    statements.push(values);
    return { rows: [] };
  };
  const pool = { query } as unknown as ConstructorParameters<typeof ModelCalls>[0];
  const calls = new ModelCalls(pool, new ProcessSums());
  onTestFinished(() => calls.close());
  const record = (call: Partial<ModelCall>): void =>
    calls.record({
      model: 'pii',
      startedAt: new Date(0),
      durationMillis: 5,
      failed: false,
      confidences: [],
      ...call,
    });
  return { calls, record, statements };
}

it('gives nothing for the first window, which nobody saw begin', async () => {
  const { calls, record } = gather();
  record({});
  expect(await calls.collect('pii')).toEqual({});
});

it('gives the median latency of a window, which a single pause does not move', async () => {
  const { calls, record } = gather();
  await calls.collect('pii');
  for (const durationMillis of [4, 900, 6, 5, 5]) record({ durationMillis });
  const features = await calls.collect('pii');
  expect(features['inference_latency']).toBeGreaterThan(4);
  expect(features['inference_latency']).toBeLessThan(6);
});

it('gives the confidence of findings, and the last known one for windows without any', async () => {
  const { calls, record } = gather();
  await calls.collect('pii');
  record({});
  expect(await calls.collect('pii')).toMatchObject({ avg_confidence: 1, error_rate: 0 });
  record({ confidences: [0.9, 0.5] });
  record({});
  expect((await calls.collect('pii'))['avg_confidence']).toBeCloseTo(0.7);
  record({});
  expect((await calls.collect('pii'))['avg_confidence']).toBeCloseTo(0.7);
});

it('gives no latency and no error rate for a window without calls', async () => {
  const { calls, record } = gather();
  await calls.collect('pii');
  record({ failed: true });
  record({});
  expect(await calls.collect('pii')).toMatchObject({ error_rate: 0.5 });
  const features = await calls.collect('pii');
  expect(features).toMatchObject({ throughput: 0 });
  expect(features).not.toHaveProperty('inference_latency');
  expect(features).not.toHaveProperty('error_rate');
});

it('keeps the windows of models apart', async () => {
  const { calls, record } = gather();
  for (const model of ['pii', 'secrets']) await calls.collect(model);
  record({ failed: true });
  record({ model: 'secrets' });
  expect(await calls.collect('pii')).toMatchObject({ error_rate: 1 });
  expect(await calls.collect('secrets')).toMatchObject({ error_rate: 0 });
});

it('writes a row for each call, with how it ended', async () => {
  const { calls, record, statements } = gather();
  record({});
  record({ failed: true });
  await calls.flush();
  expect(statements).toEqual([
    [
      ['pii', 'pii'],
      [new Date(0), new Date(0)],
      [5, 5],
      ['success', 'error'],
    ],
  ]);
  expect(calls.stats()).toMatchObject({ buffered: 0, written: 2, dropped: 0 });
});
