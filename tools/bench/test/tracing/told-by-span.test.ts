import { SpanStatusCode } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { failureTold, firstChunkTold, usageOf } from '../../src/tracing/told-by-span.js';

it('finds tokens by whichever name they are told, each counted once', () => {
  const told = { input: 12, output: 5 };
  for (const attributes of [
    { 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 5 },
    { 'gen_ai.usage.prompt_tokens': 12, 'gen_ai.usage.completion_tokens': 5 },
    { 'llm.token_count.prompt': 12, 'llm.token_count.completion': 5 },
    {
      'langfuse.observation.usage_details': JSON.stringify({
        input: 8,
        input_cached_tokens: 4,
        output: 3,
        output_reasoning_tokens: 2,
        total: 17,
      }),
    },
  ]) {
    expect(usageOf({ attributes })).toEqual(told);
  }
  expect(usageOf({ attributes: { other: 1 } })).toBeUndefined();
});

it('finds the first chunk in attributes and events', () => {
  const told = (name: string): boolean => firstChunkTold({ attributes: { [name]: 1 }, events: [] });
  expect(told('gen_ai.response.time_to_first_chunk')).toBe(true);
  expect(told('langfuse.observation.completion_start_time')).toBe(true);
  expect(told('gen_ai.response.id')).toBe(false);
  const event = { name: 'First Token Stream Event', time: [0, 0] as [number, number] };
  expect(firstChunkTold({ attributes: {}, events: [event] })).toBe(true);
});

it('finds failures by the status of a span, or by its level', () => {
  const [failed, unset] = [{ code: SpanStatusCode.ERROR }, { code: SpanStatusCode.UNSET }];
  expect(failureTold({ attributes: {}, status: failed })).toBe(true);
  expect(
    failureTold({ attributes: { 'langfuse.observation.level': 'ERROR' }, status: unset }),
  ).toBe(true);
  expect(failureTold({ attributes: {}, status: unset })).toBe(false);
});
