import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishedPackages } from '../src/published-package.js';

it('every package that reads the request context has the same lines for it', () => {
  const copies = publishedPackages()
    .map(({ name, directory }) => ({ name, file: join(directory, 'src', 'context.ts') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, text: readFileSync(file, 'utf8') }));
  expect(copies.map(({ name }) => name)).toEqual(['@llm/logging', '@llm/metrics', '@llm/tracing']);
  for (const { name, text } of copies) expect(text, name).toBe(copies[0]?.text);
});
