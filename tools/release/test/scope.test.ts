import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { throwawayDirectory } from 'test-services';
import { expect, it } from 'vitest';
import { releasedPackages } from '../src/manifests.js';
import { takeScope } from '../src/scope.js';
import { readSettings } from '../src/settings.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const repository = 'https://github.com/acme/observability';

/** The files of this workspace, in a repository of their own. */
function copyOfWorkspace(): { cwd: string; env: NodeJS.ProcessEnv } {
  const cwd = throwawayDirectory('scope');
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  for (const file of tracked.split('\0').filter(Boolean)) {
    cpSync(join(root, file), join(cwd, file), { errorOnExist: false, force: true });
  }
  execFileSync('git', ['init', '--quiet'], { cwd });
  execFileSync('git', ['add', '--all'], { cwd });
  return { cwd, env: process.env };
}

function files(cwd: string, ...args: readonly string[]): readonly string[] {
  const listed = execFileSync('sh', ['-c', `git ${args.join(' ')} || true`], {
    cwd,
    encoding: 'utf8',
  });
  return listed.split('\n').filter(Boolean);
}

it('one command moves every package to another scope, and back', async () => {
  const workspace = copyOfWorkspace();
  const { scope } = readSettings(workspace.cwd);
  const names = releasedPackages(workspace.cwd).map(({ name }) => name);

  const changed = await takeScope(workspace, { scope: '@acme-labs' });
  expect(changed.length).toBeGreaterThan(50);
  expect(readSettings(workspace.cwd)).toMatchObject({
    scope: '@acme-labs',
    scopeIsProvenOurs: false,
  });
  expect(releasedPackages(workspace.cwd).map(({ name }) => name)).toEqual(
    names.map((name) => name.replace(scope, '@acme-labs')),
  );
  expect(files(workspace.cwd, 'grep', '-lIF', `${scope}/`)).toEqual([]);

  await takeScope(workspace, { scope });
  expect(files(workspace.cwd, 'diff', '--name-only')).toEqual([]);
});

it('a repository is named in each package, with its folder, once', async () => {
  const workspace = copyOfWorkspace();
  const { scope } = readSettings(workspace.cwd);
  for (const address of ['https://github.com/old/place', `${repository}.git`, `${repository}/`]) {
    await takeScope(workspace, { scope, repository: address });
  }
  for (const { repository: named, directory } of releasedPackages(workspace.cwd)) {
    expect(named).toEqual({ type: 'git', url: `git+${repository}.git`, directory });
    expect(readFileSync(join(workspace.cwd, directory, 'package.json'), 'utf8')).toMatch(/\}\n$/);
  }
});

it.each(['acme', '@Acme', '@', '@acme/x', ''])('"%s" is no scope', async (scope) => {
  const workspace = { cwd: root, env: process.env };
  await expect(takeScope(workspace, { scope })).rejects.toThrow(`"${scope}" is no scope of npm's`);
});
