import { describe, expect, it } from 'vitest';
import { costOf, listPrices, priceOf } from '../src/price-table.js';
import { tokenCounts } from '../src/token-counts.js';

describe('tokens', () => {
  it('of OpenAI hold the cached ones among the input, and reasoning among the output', () => {
    const usage = {
      inputTokens: 100,
      cacheReadInputTokens: 60,
      outputTokens: 50,
      reasoningTokens: 40,
    };
    expect(tokenCounts('openai', usage)).toEqual({
      uncachedInput: 40,
      cacheRead: 60,
      cacheCreation: 0,
      output: 50,
    });
  });

  it('of Anthropic stand beside the cached ones', () => {
    const usage = {
      inputTokens: 100,
      cacheReadInputTokens: 60,
      cacheCreationInputTokens: 7,
      outputTokens: 50,
    };
    expect(tokenCounts('anthropic', usage)).toEqual({
      uncachedInput: 100,
      cacheRead: 60,
      cacheCreation: 7,
      output: 50,
    });
  });

  it('of Gemini stand beside the thoughts; a record may say otherwise', () => {
    const usage = { inputTokens: 1, outputTokens: 50, reasoningTokens: 40 };
    expect(tokenCounts('gcp.gemini', usage)?.output).toBe(90);
    expect(tokenCounts('gcp.gemini', { ...usage, outputIncludesReasoning: true })?.output).toBe(50);
    const anthropic = { inputTokens: 100, cacheReadInputTokens: 60, inputIncludesCached: true };
    expect(tokenCounts('anthropic', anthropic)?.uncachedInput).toBe(40);
  });

  it('are unknown, not 0, when none were reported', () => {
    for (const usage of [undefined, {}, { inputTokens: -1 }, { cacheReadInputTokens: 5 }]) {
      expect(tokenCounts('openai', usage)).toBeUndefined();
    }
  });
});

describe('prices', () => {
  it('are those of the model that answered, else of the one asked for, snapshots included', () => {
    const of = (...models: (string | undefined)[]) => priceOf(listPrices, 'openai', models);
    expect(of('gpt-4o-mini-2024-07-18', 'gpt-4o')).toBe(listPrices.models['openai/gpt-4o-mini']);
    expect(of(undefined, 'gpt-4o')).toBe(listPrices.models['openai/gpt-4o']);
    expect(priceOf(listPrices, 'anthropic', ['claude-sonnet-4-20250514'])).toBeDefined();
    expect(of('gpt-4o-audio')).toBeUndefined();
    expect(of('constructor')).toBeUndefined();
    expect(priceOf(listPrices, 'azure', ['gpt-4o'])).toBeUndefined();
  });

  it('add up by kind of token', () => {
    const tokens = { uncachedInput: 1e6, cacheRead: 2e6, cacheCreation: 3e6, output: 4e6 };
    expect(costOf({ input: 1, output: 10, cacheRead: 0.1, cacheCreation: 2 }, tokens)).toBeCloseTo(
      1 + 0.2 + 6 + 40,
      9,
    );
    expect(costOf({ input: 1, output: 10 }, tokens)).toBeCloseTo(6 + 40, 9);
  });
});
