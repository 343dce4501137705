import { describe, expect, it } from 'vitest';
import { llmContext } from '../src/context.js';

describe('the shared context', () => {
  it('is the one that any package finds under its well-known name', () => {
    const found = (globalThis as Record<symbol, unknown>)[Symbol.for('llm.context.v1')];
    expect(found).toBe(llmContext);
  });

  it('is one for two copies of the package', async () => {
    const url = new URL('../src/correlation-id.js?copy', import.meta.url).href;
    const original = await import('../src/correlation-id.js');
    const copy = (await import(/* @vite-ignore */ url)) as typeof original;
    expect(copy.withCorrelationId).not.toBe(original.withCorrelationId);
    expect(copy.withCorrelationId('from-copy', () => original.getCorrelationId())).toBe(
      'from-copy',
    );
    expect(original.withCorrelationId('from-it', () => copy.getCorrelationId())).toBe('from-it');
  });
});
