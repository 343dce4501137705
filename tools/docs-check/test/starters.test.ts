import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../src/code-block.js';
import { documentAt } from '../src/document.js';

/** Lines that import from our packages, and those that use what was imported. */
function linesOfOurs(code: string): readonly string[] {
  const lines = code.split('\n');
  const imports = lines.filter((line) => /from '@llm\//.test(line));
  const names = imports.flatMap((line) => /\{(.*)\}/.exec(line)?.[1]?.split(',') ?? []);
  const uses = lines.filter(
    (line) =>
      !line.startsWith('import ') &&
      names.some((name) => new RegExp(`\\b${name.trim()}\\b`).test(line)),
  );
  return [...imports, ...uses];
}

const starters = codeBlocks(documentAt('docs/guides/starters.md')).filter(
  ({ language, code }) => language === 'ts' && code.text.includes('observeOpenAI'),
);

describe('a starter', () => {
  it('is there for each framework', () => {
    expect(starters).toHaveLength(6);
  });

  it.each(starters.map(({ line, code }) => [line, code.text] as const))(
    'at line %i needs at most five lines of ours',
    (_line, code) => {
      const ours = linesOfOurs(code);
      expect(ours.length).toBeGreaterThan(2);
      expect(ours.length, ours.join('\n')).toBeLessThanOrEqual(5);
    },
  );
});
