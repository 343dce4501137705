import { join } from 'node:path';
import { throwawayDirectory } from 'test-services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unannouncedBreaks } from '../src/api-breaks.js';
import { releasedPackages } from '../src/manifests.js';
import { release } from '../src/release.js';
import { releaseJob, startIdentityServer } from './identity-server.js';
import { testWorkspace, type TestWorkspace } from './workspace.js';

const report = 'packages/tracing/api/index.txt';
const both = 'function one(): void\nfunction two(): void\n';
const one = 'function one(): void\n';
let workspace: TestWorkspace;

beforeEach(() => {
  workspace = testWorkspace();
  setReport(both, 'feat(tracing): two functions');
});

function setReport(text: string, message: string): void {
  workspace.write(report, text);
  workspace.git('add', '--all');
  workspace.git('commit', '--quiet', '--message', message);
}

function breaks(env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const { cwd } = workspace;
  return unannouncedBreaks({ cwd, env: { ...workspace.env, ...env } }, releasedPackages(cwd));
}

const gone = `${report}: gone: function two(): void`;

describe('after a release', () => {
  beforeEach(() => workspace.git('tag', '@acme/tracing@0.1.0'));

  it('what is taken away without a word is told', async () => {
    setReport(one, 'fix(tracing): less');
    expect(await breaks()).toEqual([
      '@acme/tracing breaks its users, and no commit since @acme/tracing@0.1.0 says so with "!" or "BREAKING CHANGE":',
      gone,
    ]);
  });

  it('so is a file that is gone', async () => {
    workspace.git('rm', '--quiet', report);
    workspace.git('commit', '--quiet', '--message', 'fix(tracing): none');
    expect(await breaks()).toContain(gone);
  });

  it.each(['fix(tracing)!: less', 'feat!: less', 'fix: less\n\nBREAKING CHANGE: two() is gone'])(
    'a commit announces it: %s',
    async (message) => {
      setReport(one, message);
      expect(await breaks()).toEqual([]);
    },
  );

  it.each(['fix: less!', 'fix: less\n\nThis is no BREAKING CHANGE: none', 'fix(a!): less'])(
    'a commit that only looks like it does not: %s',
    async (message) => {
      setReport(one, message);
      expect(await breaks()).toContain(gone);
    },
  );

  it('a commit of another package, or before the release, does not', async () => {
    setReport(both.replace('two', 'three'), 'feat(tracing)!: three');
    workspace.git('tag', '@acme/tracing@0.2.0');
    setReport(one, 'fix(tracing): less');
    workspace.write('packages/other/package.json', '{ "name": "@acme/other", "version": "1.0.0" }');
    workspace.git('add', '--all');
    workspace.git('commit', '--quiet', '--message', 'feat(other)!: begin');
    expect(await breaks()).toContain(`${report}: gone: function three(): void`);
  });

  it('an export more needs no announcement', async () => {
    setReport(`${both}function three(): void\n`, 'feat(tracing): three');
    expect(await breaks()).toEqual([]);
  });
});

it('before the first release nothing is broken', async () => {
  setReport(one, 'fix(tracing): less');
  expect(await breaks()).toEqual([]);
});

it('a pull request is compared with where it started, not with the last release', async () => {
  workspace.git('tag', '@acme/tracing@0.1.0');
  setReport(one, 'feat(tracing)!: less');
  workspace.git('push', '--quiet', 'origin', 'main');
  workspace.git('checkout', '--quiet', '-b', 'feature');
  setReport('', 'fix(tracing): nothing left');
  expect(await breaks()).toEqual([]);
  expect(await breaks({ GITHUB_BASE_REF: 'main' })).toEqual([
    expect.stringContaining('@acme/tracing breaks its users'),
    `${report}: gone: function one(): void`,
  ]);
});

describe('a release', () => {
  let stop = async (): Promise<void> => {};
  afterEach(() => stop());

  it('is refused, before anything is checked, when it would break users without a word', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    workspace.git('tag', '@acme/tracing@0.1.0');
    workspace.write('check.sh', 'exit 1\n');
    setReport(one, 'fix(tracing): less');
    workspace.git('push', '--quiet', 'origin', 'main');
    const github = await startIdentityServer(releaseJob);
    stop = github.stop;
    const released = await release(
      { cwd: workspace.cwd, env: { ...workspace.env, ...github.env } },
      { dryRun: true, firstRelease: true, output: join(throwawayDirectory('out'), 'out') },
    );
    expect(released).toBe(false);
    expect(said.mock.calls.flat()).toEqual([
      expect.stringContaining('Refused: @acme/tracing breaks its users'),
      `Refused: ${gone}`,
    ]);
    said.mockRestore();
  });
});
