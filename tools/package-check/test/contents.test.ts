import { expect, it } from 'vitest';
import { contents } from '../src/contents.js';
import { publishedPackages } from '../src/published-package.js';

const { directory } = publishedPackages()[0]!;

it('files that are of one kind stand in one line, any other file in its own', () => {
  const files = [
    'package.json',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/core-DuqM_3HG.js',
    'dist/lease-a-bc12-d.js',
    'dist/index.js.map',
    'out-tsc/lib.tsbuildinfo',
    'src/index.ts',
  ];
  expect(contents(files, directory).trimEnd().split('\n')).toEqual([
    'dist/**/*.d.ts',
    'dist/*-<hash>.js',
    'dist/index.js',
    'dist/index.js.map',
    'out-tsc/lib.tsbuildinfo',
    'package.json',
    'src/index.ts',
  ]);
});

it('a declaration whose source is gone is refused by name', () => {
  expect(() => contents(['dist/no-such-noun.d.ts'], directory)).toThrow(
    'Declarations without a source: dist/no-such-noun.d.ts',
  );
});
