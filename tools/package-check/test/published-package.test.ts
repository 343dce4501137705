import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, it } from 'vitest';
import { Consumer } from '../src/consumer.js';
import { pack, publishedPackages, workspaceRoot } from '../src/published-package.js';

const run = promisify(execFile);
const attw = join(workspaceRoot, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');

describe.each(publishedPackages())('$name as it is published', (published) => {
  const { name, directory, manifest } = published;
  // What ends in .json is data, for other programs.
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  const packing = pack(published);

  it('holds the compiled code, its types, a manual and a licence, and nothing else', async () => {
    const { files } = await packing;
    const expected =
      /^(?:dist\/.+\.(?:js|d\.ts)|\w+\.schema\.json|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'package.json', 'dist/index.js']),
    );
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
    expect(consumer.installed().filter((other) => other.startsWith('@llm/'))).toEqual([name]);
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
