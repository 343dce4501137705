import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { release } from '../src/release.js';
import { publishingRefusals, refusals } from '../src/refusals.js';
import type { RunnerIdentity } from '../src/runner-identity.js';
import { readSituation, type Situation } from '../src/situation.js';
import { throwawayDirectory } from 'test-services';
import { releaseJob, startIdentityServer } from './identity-server.js';
import { testWorkspace, type TestWorkspace } from './workspace.js';

let workspace: TestWorkspace;
let stop = async (): Promise<void> => {};
beforeEach(() => {
  workspace = testWorkspace();
});
afterEach(() => stop());

/** As release.yml runs it, unless told otherwise. */
async function situation(claims: RunnerIdentity = {}, cwd = workspace.cwd): Promise<Situation> {
  const github = await startIdentityServer({ ...releaseJob, ...claims });
  stop = github.stop;
  return readSituation({ cwd, env: { ...workspace.env, ...github.env } });
}

describe('a release', () => {
  it('is not refused in the job of the workflow, on a clean main', async () => {
    expect(refusals(await situation())).toEqual([]);
  });

  it('is refused on a laptop, whatever variables are set there', async () => {
    const laptop = await readSituation(workspace);
    expect(refusals(laptop)).toEqual([expect.stringContaining('never from a laptop')]);
    const pretending = await readSituation({
      ...workspace,
      env: { ...workspace.env, CI: 'true', GITHUB_ACTIONS: 'true' },
    });
    expect(refusals(pretending)).toEqual([expect.stringContaining('never from a laptop')]);
  });

  it('is refused in a job outside the protected environment', async () => {
    expect(refusals(await situation({ environment: 'staging' }))).toEqual([
      'The job runs in staging, not in the protected environment npm',
    ]);
  });

  it.each(['push', 'pull_request', 'schedule'])('is refused when %s started it', async (event) => {
    expect(refusals(await situation({ event_name: event }))).toEqual([
      `A release is somebody's decision, made by a button: this was started by ${event}`,
    ]);
  });

  it('is refused for a tag or another branch', async () => {
    expect(refusals(await situation({ ref: 'refs/tags/v1' }))).toEqual([
      'The workflow runs for refs/tags/v1, not for main',
    ]);
    workspace.git('checkout', '--quiet', '-b', 'feature');
    await stop();
    expect(refusals(await situation())).toEqual(['feature is checked out, not main']);
    workspace.git('checkout', '--quiet', '--detach');
    await stop();
    expect(refusals(await situation())).toEqual(['No branch is checked out, not main']);
  });

  it('is refused with a changed file and with one that git does not know', async () => {
    workspace.write('check.sh', 'exit 1\n');
    expect(refusals(await situation())).toEqual(['The tree is not clean: M check.sh']);
    workspace.git('checkout', '--quiet', 'check.sh');
    workspace.write('notes.txt', 'to do');
    await stop();
    expect(refusals(await situation())).toEqual(['The tree is not clean: ?? notes.txt']);
  });

  it('is refused when the remote has other commits, or lacks these', async () => {
    workspace.write('more.txt', 'more');
    workspace.git('add', '--all');
    workspace.git('commit', '--quiet', '--message', 'feat: more');
    expect(refusals(await situation())).toEqual([
      expect.stringMatching(/^This is [0-9a-f]{12}, but main at the remote is [0-9a-f]{12}$/),
    ]);
  });

  it('is refused with a history that is cut off', async () => {
    workspace.git('commit', '--quiet', '--allow-empty', '--message', 'feat: more');
    workspace.git('push', '--quiet', 'origin', 'main');
    const cwd = throwawayDirectory('shallow');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${workspace.remote}`, cwd]);
    expect(refusals(await situation({}, cwd))).toEqual([
      'History is cut off: check out with fetch-depth 0',
    ]);
  });

  it.each([
    ['11.5.0', true],
    ['10.9.9', true],
    ['9.12.3', true],
    ['11.5.1', false],
    ['11.10.0', false],
    ['12.0.0-pre.1', false],
  ])('with npm %s is refused: %s', async (version, refused) => {
    workspace.setNpmVersion(version);
    expect(refusals(await situation())).toEqual(
      refused ? [`npm ${version} is older than 11.5.1`] : [],
    );
  });

  it('is refused when a package is outside the scope', async () => {
    workspace.write('packages/other/package.json', '{ "name": "@llmx/other", "version": "1.0.0" }');
    workspace.git('add', '--all');
    workspace.git('commit', '--quiet', '--message', 'feat: other');
    workspace.git('push', '--quiet', 'origin', 'main');
    expect(refusals(await situation())).toEqual([
      'packages/other is called @llmx/other, outside the scope @acme',
    ]);
  });

  it('is told of everything that is wrong, not of the first thing only', async () => {
    workspace.setNpmVersion('10.8.2');
    workspace.write('notes.txt', 'to do');
    expect(refusals(await readSituation(workspace))).toHaveLength(3);
  });
});

describe('publishing', () => {
  const repository = { url: 'git+https://github.com/acme/observability.git' };

  it('is refused until somebody has shown that the scope is ours', async () => {
    const now = await situation();
    const packages = now.packages.map((one) => ({ ...one, repository }));
    expect(publishingRefusals({ ...now, packages })).toEqual([
      expect.stringContaining('Nobody has shown that @acme is ours'),
    ]);
    const settings = { ...now.settings, scopeIsProvenOurs: true };
    expect(publishingRefusals({ ...now, packages, settings })).toEqual([]);
  });

  it('is refused when a package names another source than the repository that it is built in', async () => {
    const now = await situation();
    const settings = { ...now.settings, scopeIsProvenOurs: true };
    expect(publishingRefusals({ ...now, settings })).toEqual([
      expect.stringContaining('@acme/tracing says that its source is nowhere'),
    ]);
    const other = { url: 'git+https://github.com/notacme/observability.git' };
    const packages = now.packages.map((one) => ({ ...one, repository: other }));
    expect(publishingRefusals({ ...now, settings, packages })).toEqual([
      expect.stringContaining('https://github.com/notacme/observability'),
    ]);
  });
});

describe('the command', () => {
  it('does nothing on a laptop: no check is run, no commit, no tag, no file', async () => {
    workspace.write('check.sh', 'touch checked\n');
    workspace.git('commit', '--quiet', '--all', '--message', 'test: note a run');
    workspace.git('push', '--quiet', 'origin', 'main');
    const head = workspace.git('rev-parse', 'HEAD');
    const options = { dryRun: false, firstRelease: true, output: `${workspace.cwd}/out` };
    expect(await release(workspace, options)).toBe(false);
    expect(workspace.git('rev-parse', 'HEAD')).toBe(head);
    expect(workspace.git('tag')).toBe('');
    expect(workspace.git('status', '--porcelain')).toBe('');
  });
});
