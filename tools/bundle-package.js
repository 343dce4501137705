// Bundles what tsc compiled of the package in the current folder: out-tsc/lib becomes dist, next to the declarations.
// Opening and linking a file of its own for each noun of `src` costs more than the code in it: of the main entry of
// tracing, forty files took three quarters of the time. What the main entry needs is one file, which the other entries
// share, so that there is one copy of each module's state.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = Object.values(exports)
  .map((entry) => /^\.\/dist\/(.+)\.js$/.exec(entry.default ?? '')?.[1])
  .filter((entry) => entry !== undefined);
if (!entries.includes('index')) throw new Error(`${name} exports no ./dist/index.js`);

const compiled = await rollup({
  input: Object.fromEntries(entries.map((entry) => [entry, `out-tsc/lib/${entry}.js`])),
  external: (specifier) => !/^[./]/.test(specifier),
  onwarn({ code, message }) {
    if (code !== 'CIRCULAR_DEPENDENCY') throw new Error(message);
  },
});

for (const file of readdirSync('dist', { recursive: true })) {
  if (file.endsWith('.js')) rmSync(join('dist', file));
  // Declarations of sources that are gone, which tsc leaves behind.
  const source = /^(.+)\.d\.ts$/.exec(file)?.[1];
  if (source !== undefined && !existsSync(join('src', `${source}.ts`))) rmSync(join('dist', file));
}
await compiled.write({
  dir: 'dist',
  format: 'es',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  hoistTransitiveImports: false,
  minifyInternalExports: false,
  manualChunks: { core: ['out-tsc/lib/index.js'] },
});
