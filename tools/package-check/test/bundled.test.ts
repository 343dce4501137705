import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { throwawayDirectory } from 'test-services';
import { describe, expect, it } from 'vitest';
import { publishedPackages, workspaceRoot } from '../src/published-package.js';

const require = createRequire(import.meta.url);

describe.each(publishedPackages())('$name', ({ directory, manifest }) => {
  const entries = Object.entries(manifest.exports).flatMap(([entry, target]) => {
    const file = (target as { readonly default?: string }).default;
    return file === undefined || entry === './register' ? [] : [[entry, file] as const];
  });

  it.each(entries)(
    'bundled into CommonJS, where modules cannot tell where they are, %s loads',
    async (_entry, file) => {
      const outfile = join(throwawayDirectory('bundle'), 'bundle.cjs');
      await build({
        entryPoints: [join(directory, file)],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        logLevel: 'silent',
        nodePaths: [join(workspaceRoot, 'node_modules')],
      });
      const bundled = Object.keys(require(outfile) as object).sort();
      const original = Object.keys((await import(join(directory, file))) as object).sort();
      expect(bundled).toEqual(original);
    },
  );
});
