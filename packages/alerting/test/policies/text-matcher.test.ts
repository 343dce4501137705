import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textMatcher } from '../../src/policies/text-matcher.js';

it('a text with stars matches as the regular expression for it does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 12 });
  fc.assert(
    fc.property(letters, letters, (wanted, actual) => {
      const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*');
      expect(textMatcher(wanted)(actual)).toBe(new RegExp(`^${source}$`).test(actual));
    }),
    { numRuns: 2000 },
  );
});

it('what takes a text with stars takes whatever that text takes', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
  fc.assert(
    fc.property(letters, letters, letters, (wide, narrow, actual) => {
      fc.pre(textMatcher(wide)(narrow) && textMatcher(narrow)(actual));
      expect(textMatcher(wide)(actual)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
