import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releasedPackages } from './manifests.js';
import { output, type Surroundings } from './program.js';
import { readSettings, settingsFile } from './settings.js';

export interface NewScope {
  /** Such as `@acme`. */
  readonly scope: string;
  /** Where the source is published, such as `https://github.com/acme/observability`. Default: as it was. */
  readonly repository?: string | undefined;
}

/**
 * Moves every package to another scope: their names, and each place that names them, in all files that git knows. Gives
 * the files that changed. That the new scope is ours has to be shown anew.
 */
export async function takeScope(
  surroundings: Surroundings,
  { scope, repository }: NewScope,
): Promise<readonly string[]> {
  if (!/^@[a-z\d][a-z\d._-]*$/.test(scope)) throw new Error(`"${scope}" is no scope of npm's`);
  const { cwd } = surroundings;
  const settings = readSettings(cwd);
  const mention = new RegExp(`${settings.scope}(?=[/:])`, 'g');
  const listed = await output(surroundings, 'git', 'ls-files', '-z');
  const changed: string[] = [];
  const rewrite = (file: string, change: (text: string) => string): void => {
    const text = readFileSync(join(cwd, file), 'utf8');
    const next = change(text);
    if (next === text) return;
    writeFileSync(join(cwd, file), next);
    if (!changed.includes(file)) changed.push(file);
  };
  for (const file of listed.split('\0').filter((name) => textFile.test(name))) {
    rewrite(file, (text) => text.replace(mention, scope));
  }
  rewrite(settingsFile, (text) =>
    scope === settings.scope
      ? text
      : text
          .replace(`"scope": "${settings.scope}"`, `"scope": "${scope}"`)
          .replace('"scopeIsProvenOurs": true', '"scopeIsProvenOurs": false'),
  );
  if (repository !== undefined) {
    for (const { directory } of releasedPackages(cwd)) {
      rewrite(`${directory}/package.json`, (text) => withRepository(text, repository, directory));
    }
  }
  return changed;
}

const textFile = /\.(?:[cm]?[jt]s|json|md|ya?ml|html|sql|sh)$|^\.ci\/run$/;

function withRepository(text: string, repository: string, directory: string): string {
  const manifest = JSON.parse(text) as Record<string, unknown>;
  const url = `git+${repository.replace(/\/$/, '').replace(/\.git$/, '')}.git`;
  const entries = Object.entries(manifest).filter(([key]) => key !== 'repository');
  const after = entries.findIndex(([key]) => key === 'license') + 1;
  entries.splice(after, 0, ['repository', { type: 'git', url, directory }]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}
