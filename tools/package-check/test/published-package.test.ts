import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, it } from 'vitest';
import { budgetOf, overBudget } from '../src/budget.js';
import { Consumer } from '../src/consumer.js';
import { contents } from '../src/contents.js';
import { folderSize } from '../src/folder-size.js';
import { pack, publishedPackages, workspaceRoot } from '../src/published-package.js';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const attw = join(require.resolve('@arethetypeswrong/cli/package.json'), '../dist/index.js');

const ownNames = ['packages', 'apps', 'tools'].flatMap((group) =>
  readdirSync(join(workspaceRoot, group), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const manifest = readFileSync(join(workspaceRoot, group, name, 'package.json'), 'utf8');
      return (JSON.parse(manifest) as { name: string }).name;
    }),
);

describe.each(publishedPackages())('$name as it is published', (published) => {
  const { name, directory, manifest } = published;
  // What ends in .json is data, for other programs.
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  const packing = pack(published);

  it('holds what is written down in contents/, and nothing else', async () => {
    const { files } = await packing;
    const list = `../contents/${directory.replace(/^.*\//, '')}.txt`;
    await expect(contents(files, directory)).toMatchFileSnapshot(list);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'package.json', 'dist/index.js']),
    );
    expect(readFileSync(join(directory, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(workspaceRoot, 'LICENSE'), 'utf8'),
    );
  });

  it('tells nothing of the machine that it was built on, and refers to no file that is left out', async () => {
    const { files } = await packing;
    const homes = [workspaceRoot, homedir(), tmpdir()].map((path) => path.replace(/\/$/, ''));
    const paths = homes.map((home) => new RegExp(`(?<![\\w.])${home.replaceAll('.', '\\.')}/\\w`));
    const telling = files.filter((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      return paths.some((path) => path.test(text)) || text.includes('sourceMappingURL=');
    });
    expect(telling).toEqual([]);
  });

  it('names nothing in its manifest that only this workspace has', async () => {
    const { tarball } = await packing;
    const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json']);
    const packed = JSON.parse(stdout) as Record<string, unknown>;
    expect(packed).toMatchObject({ name, exports: manifest.exports });
    const kinds = Object.keys(packed).filter((key) => /dependencies$/i.test(key));
    expect(kinds).toContain('devDependencies');
    const named = kinds.flatMap((kind) => Object.keys(packed[kind] as object));
    expect(named.filter((other) => ownNames.includes(other))).toEqual([]);
  });

  it('keeps within its budget', async () => {
    const { size, files } = await packing;
    const core = files.filter((file) => /^dist\/(?:index|core-[\w-]+)\.js$/.test(file));
    const coreBytes = core.reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
    const weight = { tarballKilobytes: size / 1000, coreKilobytes: coreBytes / 1000 };
    expect(overBudget(weight, budgetOf(name))).toEqual([]);
  });

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: directory, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest as never))).toEqual([]);
  });

  it('passes attw with the profile esm-only', async () => {
    const { tarball } = await packing;
    await run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-color']);
  });

  it('installed alone, every entry works by import and by require and type-checks under NodeNext', async () => {
    const { tarball } = await packing;
    const optional = Object.entries(manifest.peerDependenciesMeta ?? {}).filter(
      ([, meta]) => meta.optional === true,
    );
    const consumer = new Consumer();
    await consumer.install(tarball, '@types/node@20');
    const types = ['@types/node', 'undici-types'];
    const packages = consumer.installed().filter((other) => !types.includes(other));
    const modules = join(consumer.directory, 'node_modules');
    const bytes = packages.reduce((sum, other) => sum + folderSize(join(modules, other)), 0);
    const weight = { packages: packages.length, megabytes: bytes / 1e6 };
    expect(overBudget(weight, budgetOf(name))).toEqual([]);
    expect(packages.filter((other) => other.startsWith('@llm/'))).toEqual([name]);
    expect(
      consumer.installed().filter((other) => optional.some(([peer]) => peer === other)),
    ).toEqual([]);
    const specifiers = entries.map((entry) => JSON.stringify(name + entry.slice(1)));
    const imports = specifiers
      .map((specifier, index) => `import * as entry${index} from ${specifier};`)
      .join('\n');
    const each = `[${entries.map((_, index) => `entry${index}`).join(', ')}]`;
    const report = 'console.log(JSON.stringify(all.map((entry) => Object.keys(entry).sort())));';
    // An entry that starts something when it is loaded, such as tracing by `--import`, is told not to.
    const env = { OTEL_SDK_DISABLED: 'true' };
    const byImport = await consumer.run('esm.mjs', `${imports}\nconst all = ${each};\n${report}`, {
      env,
    });
    const byRequire = await consumer.run(
      'cjs.cjs',
      `const all = [${specifiers.map((s) => `require(${s})`).join(', ')}];\n${report}`,
      { env },
    );
    const names = JSON.parse(byImport) as string[][];
    expect(names.map((exported) => exported.length)).not.toContain(0);
    expect(JSON.parse(byRequire)).toEqual(names);
    await consumer.typecheck('types.mts', `${imports}\nexport const all = ${each};`);
  });
});
