import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBlock } from '../src/block-run.js';
import { codeBlocks } from '../src/code-block.js';
import { compileBlocks, type CompileError } from '../src/compilation.js';
import { programBlocks } from '../src/program-blocks.js';
import { Services } from '../src/services.js';

const folder = fileURLToPath(new URL('../out-tsc/broken', import.meta.url));

const misspelt = [
  '# Title',
  '```ts',
  "import { createLogger } from '@llm/logging';",
  "createLogger({ servcie: 'mapper' });",
  '```',
  '```js',
  "import { createLoger } from '@llm/logging';",
  '```',
];
const failing = [
  '```ts',
  'const value = JSON.parse("1") as { deep: { er: number } };',
  '```',
  '',
  '<!-- docs: continues -->',
  '```ts',
  '',
  'console.log(value.deep.er);',
  '```',
];
const endless = ['```ts', 'await new Promise<void>(() => {});', '```'];
const serving = [
  '```ts',
  "import { once } from 'node:events';",
  "import { createServer } from 'node:http';",
  "const server = createServer((_, response) => response.end('mine')).listen(3000);",
  "await once(server, 'listening');",
  "const answer = await fetch('http://localhost:3000');",
  'const { port } = server.address() as { port: number };',
  "if (port === 3000 || (await answer.text()) !== 'mine') throw new Error('not its own');",
  '```',
];
const reading = [
  '<!-- docs: file=folder/settings.json -->',
  '```json',
  '{ "a": 1 }',
  '```',
  '```ts',
  "import { readFileSync, readdirSync } from 'node:fs';",
  "if (JSON.parse(readFileSync('folder/settings.json', 'utf8')).a !== 1) throw new Error();",
  "if (readdirSync('.').length !== 1) throw new Error();",
  "if (process.env['VITEST'] !== undefined) throw new Error();",
  '```',
];

const pages = Object.entries({ misspelt, failing, endless, serving, reading }).map(
  ([name, lines]) => {
    const blocks = codeBlocks({ path: `docs/${name}.md`, text: lines.join('\n') });
    return { name, blocks, programs: programBlocks(blocks) };
  },
);
const services = new Services();
let compiling: readonly CompileError[];

beforeAll(() => {
  compiling = compileBlocks(
    pages.flatMap(({ programs }) => programs),
    folder,
  );
});
afterAll(() => services.stop());

async function failuresOf(wanted: string): Promise<readonly (string | undefined)[]> {
  const failures: (string | undefined)[] = [];
  for (const { name, blocks, programs } of pages) {
    if (name !== wanted) continue;
    for (const program of programs)
      failures.push((await runBlock(program, folder, blocks, services)).failure);
  }
  return failures;
}

describe('a block that is wrong', () => {
  it('is told by the line of the page at which it does not compile', () => {
    expect(compiling.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^docs\/misspelt\.md:4: .*'servcie' does not exist in type/s),
      expect.stringMatching(/^docs\/misspelt\.md:7: .*no exported member named 'createLoger'/),
    ]);
  });

  it('is told by the line of the page at which it fails, also in what it continues', async () => {
    const [first, second] = await failuresOf('failing');
    expect(first).toBeUndefined();
    expect(second).toMatch(/docs\/failing\.md:8:\d+/);
  });

  it('is one that never comes to its end', async () => {
    const [failure] = await failuresOf('endless');
    expect(failure).toContain('a top-level await is never settled');
  });
});

describe('a block that runs', () => {
  it('listens on a port of its own by the name of the one it gives', async () => {
    expect(await Promise.all([failuresOf('serving'), failuresOf('serving')])).toEqual([
      [undefined],
      [undefined],
    ]);
  });

  it('finds the files of its page, and nothing else in its environment', async () => {
    expect(await failuresOf('reading')).toEqual([undefined]);
  });
});
