import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code ?? '');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript')), 'tsc.js');

/** Inside the package, so that it finds itself by its name, as it was built. */
let folder: string;
beforeAll(() => {
  mkdirSync(join(packageFolder, 'reports'), { recursive: true });
  folder = mkdtempSync(join(packageFolder, 'reports', 'readme-'));
  blocks.forEach((code, index) => writeFileSync(join(folder, `block-${index}.mts`), code));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the code blocks of the README', () => {
  it('are modules that import what they use, and type-check', async () => {
    expect(blocks.length).toBeGreaterThan(5);
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true },
      ...{ esModuleInterop: true, types: ['node'], outDir: 'out' },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await run(process.execPath, [tsc, '-p', folder]).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout);
    });
  }, 60_000);

  it.each(blocks.map((code, index) => [index, code.split('\n').find((line) => line !== '')]))(
    'run to their end: %i, %s',
    async (index) => {
      const { stderr } = await run(process.execPath, [join('out', `block-${index}.mjs`)], {
        cwd: folder,
        timeout: 30_000,
      });
      expect(stderr).toBe('');
    },
    40_000,
  );
});
