import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { stats, traceInference, withLlmContext } from '../../src/index.js';

const model = { provider: 'example', requestModel: 'small' };

it('only makes the call when neither an SDK nor a subscriber is there', () => {
  const before = stats().inferences;
  const stream = (async function* () {
    yield 1;
  })();
  expect(traceInference(model, () => stream)).toBe(stream);
  expect(Reflect.ownKeys(stream)).toEqual([]);
  expect(stats().inferences).toBe(before);
});

it('publishes records without an SDK', async () => {
  const records: unknown[] = [];
  const take = (record: unknown): void => {
    records.push(record);
    expect(trace.getActiveSpan()).toBeUndefined();
  };
  subscribe('llm:inference', take);
  try {
    await withLlmContext({ tenantId: 't' }, () =>
      traceInference(model, async (inference) => {
        inference.setResponse({ usage: { outputTokens: 1 } });
      }),
    );
  } finally {
    unsubscribe('llm:inference', take);
  }
  expect(records).toMatchObject([
    { event: 'start', tenantId: 't' },
    { event: 'end', tenantId: 't', usage: { outputTokens: 1 } },
  ]);
});
