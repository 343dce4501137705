import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { throwawayDirectory } from 'test-services';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checksPass } from '../src/checks.js';
import { release } from '../src/release.js';
import { releaseJob, startIdentityServer } from './identity-server.js';
import { testWorkspace, type TestWorkspace } from './workspace.js';

let workspace: TestWorkspace;
let github: Awaited<ReturnType<typeof startIdentityServer>>;
const outside = throwawayDirectory('outside');
const said = vi.spyOn(console, 'error').mockImplementation(() => {});

beforeEach(async () => {
  workspace = testWorkspace();
  github = await startIdentityServer(releaseJob);
  said.mockClear();
});
afterEach(() => github.stop());

function setCheck(script: string): void {
  workspace.write('check.sh', script);
  workspace.git('commit', '--quiet', '--all', '--message', 'test: another check');
  workspace.git('push', '--quiet', 'origin', 'main');
}

function releaseThere(): Promise<boolean> {
  return release(
    { cwd: workspace.cwd, env: { ...workspace.env, ...github.env } },
    { dryRun: true, firstRelease: true, output: join(outside, 'out') },
  );
}

it('a release is refused when the checks fail, and nothing is written', async () => {
  setCheck('exit 1\n');
  expect(await releaseThere()).toBe(false);
  expect(said.mock.calls).toEqual([['Refused: The checks fail: npm run check']]);
  expect(workspace.git('tag')).toBe('');
  expect(existsSync(join(outside, 'out'))).toBe(false);
});

it('a release is refused when the checks leave the tree changed', async () => {
  setCheck('touch report.txt\n');
  expect(await releaseThere()).toBe(false);
  expect(said.mock.calls).toEqual([['Refused: The tree is not clean: ?? report.txt']]);
});

it('the checks see nothing that could publish', async () => {
  setCheck(`env > ${outside}/env.txt\n`);
  const secrets = {
    NODE_AUTH_TOKEN: 'npm_1',
    NPM_TOKEN: 'npm_2',
    GITHUB_TOKEN: 'ghs_3',
    GH_TOKEN: 'ghs_4',
    ACTIONS_RUNTIME_TOKEN: 'eyJ5',
  };
  const env = { ...workspace.env, ...github.env, ...secrets, HARMLESS: 'kept' };
  expect(await checksPass({ cwd: workspace.cwd, env })).toBe(true);
  const seen = readFileSync(join(outside, 'env.txt'), 'utf8');
  expect(seen).toContain('HARMLESS=kept');
  for (const value of [
    ...Object.values(secrets),
    'secret',
    github.env['ACTIONS_ID_TOKEN_REQUEST_URL'],
  ]) {
    expect(seen).not.toContain(value);
  }
});
