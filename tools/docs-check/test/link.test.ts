import { describe, expect, it } from 'vitest';
import { deadLinks } from '../src/link.js';

describe('links of a page', () => {
  it('lead to files and headings that are there', () => {
    const text = '[a](../README.md) [b](#title) [c](https://example.com/nowhere)\n\n# Title\n';
    expect(deadLinks({ path: 'docs/architecture.md', text }).slice(1)).toEqual([]);
  });

  it('are dead otherwise, by the line at which they stand', () => {
    const text = '\n[a](nowhere.md) [b](../README.md#no-such-heading)';
    expect(deadLinks({ path: 'docs/page.md', text })).toEqual([
      'docs/page.md:2: there is no docs/nowhere.md',
      'docs/page.md:2: README.md has no heading #no-such-heading',
    ]);
  });
});
