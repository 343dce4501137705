import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../src/code-block.js';

const page = (text: string) => ({ path: 'docs/page.md', text });

describe('the blocks of a page', () => {
  it('have the lines of their code and of the comments around them', () => {
    const text = [
      '# Title', // 1
      '<!-- docs: redis=REDIS_URL; continues', // 2
      'const before = 1;', // 3
      '-->', // 4
      '', // 5
      '```ts', // 6
      'const shown = 1;', // 7
      '```', // 8
      '', // 9
      '<!-- then:', // 10
      'const after = 1;', // 11
      '-->', // 12
    ].join('\n');
    expect(codeBlocks(page(text))).toEqual([
      {
        document: 'docs/page.md',
        language: 'ts',
        line: 6,
        before: { line: 3, text: 'const before = 1;\n' },
        code: { line: 7, text: 'const shown = 1;\n' },
        after: { line: 11, text: 'const after = 1;\n' },
        directive: {
          continues: true,
          services: { redis: 'REDIS_URL' },
          file: undefined,
          legacyDecorators: false,
          notRun: undefined,
        },
      },
    ]);
  });

  it('have nothing of comments that stand elsewhere', () => {
    const text =
      '<!-- docs: continues -->\n\nprose\n\n```js\n1;\n```\nprose\n<!-- then:\n2;\n-->\n';
    const [block] = codeBlocks(page(text));
    expect(block?.directive.continues).toBe(false);
    expect(block?.after).toBeUndefined();
  });

  it('refuse a comment that nobody understands, and name its place', () => {
    expect(() => codeBlocks(page('\n<!-- docs: redsi=URL -->\n```js\n```'))).toThrow(
      'docs/page.md:3: a comment for docs-check says "redsi=URL"',
    );
  });
});
