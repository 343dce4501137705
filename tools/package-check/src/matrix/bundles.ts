import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Consumer } from '../consumer.js';
import { programSource, type Kit } from './kit.js';
import type { Tool } from './toolchain.js';

const run = promisify(execFile);

/** An ES module that holds CommonJS packages needs a `require`, which esbuild leaves to the banner. */
const banner = `--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;

const esbuild = ['esbuild', 'program.ts', '--bundle', '--platform=node', '--log-level=warning'];
const vite = ['vite', 'build', '--ssr', 'program.ts', '--logLevel=warn'];

const bundles = [
  ['esbuild, ES module', [...esbuild, '--format=esm', banner, '--outfile=esm.mjs'], 'esm.mjs'],
  ['esbuild, CommonJS', [...esbuild, '--format=cjs', '--outfile=cjs.cjs'], 'cjs.cjs'],
  ['esbuild, minified', [...esbuild, '--minify', '--format=cjs', '--outfile=min.cjs'], 'min.cjs'],
  ['Vite SSR, packages beside it', [...vite, '--outDir=ssr'], 'ssr/program.mjs'],
  [
    'Vite SSR, packages within',
    [...vite, '--outDir=ssr-all', '--config=all.mjs'],
    'ssr-all/program.mjs',
  ],
] as const;

/** Bundles the program that uses all packages, and runs the bundle; one that holds everything runs where nothing is. */
export async function checkBundles(
  { trials, specifiers, npmrc }: Kit,
  nodes: readonly Tool[],
): Promise<void> {
  const consumer = new Consumer(npmrc);
  const elsewhere = new Consumer();
  const installs = await trials.try('bundled: npm install', () =>
    consumer.install(...specifiers, '@types/node@20', 'esbuild@0.28.2', 'vite@7.3.8'),
  );
  if (installs) {
    consumer.write('program.ts', programSource('together'));
    consumer.write('all.mjs', 'export default { ssr: { noExternal: true } };');
    const bin = join(consumer.directory, 'node_modules', '.bin');
    for (const [title, [program, ...args], file] of bundles) {
      const built = await trials.try(`bundled: ${title}, build`, async () => {
        const { stderr } = await run(join(bin, program), args, { cwd: consumer.directory });
        if (stderr.includes('import.meta')) throw new Error(stderr);
      });
      if (!built) continue;
      const alone = !title.endsWith('beside it');
      const name = file.replace('/', '-');
      if (alone) copyFileSync(join(consumer.directory, file), join(elsewhere.directory, name));
      for (const { name: nodeName, path: node } of nodes) {
        await trials.try(`bundled: ${title}, ${nodeName}`, async () => {
          const where = alone ? elsewhere : consumer;
          const said = await where.run(alone ? name : file, undefined, { node });
          if (!said.endsWith('together works\n')) throw new Error(`It said: ${said}`);
        });
      }
    }
  }
  consumer.remove();
  elsewhere.remove();
}
