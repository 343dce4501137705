import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { setUsage, tokens, type InferenceUsage } from '../../src/inference/usage.js';

function attributes(provider: string, usage: InferenceUsage): Attributes {
  const result: Attributes = {};
  const span = {
    setAttribute(name: string, value: AttributeValue) {
      result[name] = value;
      return this as never;
    },
  };
  setUsage(span, provider, usage);
  return result;
}

describe('setUsage', () => {
  const usage = {
    inputTokens: 100,
    outputTokens: 50,
    cacheReadInputTokens: 30,
    cacheCreationInputTokens: 20,
    reasoningTokens: 10,
  };

  it('takes the totals of providers that report cached and reasoning tokens within', () => {
    expect(attributes('openai', usage)).toEqual({
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': 30,
      'gen_ai.usage.cache_creation.input_tokens': 20,
      'gen_ai.usage.reasoning.output_tokens': 10,
    });
  });

  it('adds up what others report apart', () => {
    expect(attributes('anthropic', usage)).toMatchObject({
      'gen_ai.usage.input_tokens': 150,
      'gen_ai.usage.output_tokens': 50,
    });
    expect(attributes('gcp.gemini', usage)).toMatchObject({
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 60,
    });
  });

  it('believes a publisher that knows better', () => {
    const told = { ...usage, inputIncludesCached: false, outputIncludesReasoning: false };
    expect(attributes('openai', told)).toMatchObject({
      'gen_ai.usage.input_tokens': 150,
      'gen_ai.usage.output_tokens': 60,
    });
  });

  it('leaves out what is not known, and what is no count', () => {
    expect(attributes('openai', {})).toEqual({});
    expect(attributes('openai', { inputTokens: 0, outputTokens: Number.NaN })).toEqual({
      'gen_ai.usage.input_tokens': 0,
    });
    expect([tokens(3), tokens(-1), tokens('3'), tokens(Infinity), tokens(null)]).toEqual([
      3,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
