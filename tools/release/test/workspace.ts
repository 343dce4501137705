import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { throwawayDirectory } from 'test-services';
import type { Surroundings } from '../src/program.js';

/** A small workspace that may be released, pushed to a remote of its own. */
export interface TestWorkspace extends Surroundings {
  readonly remote: string;
  readonly env: Record<string, string>;
  write(file: string, text: string): void;
  git(...args: readonly string[]): string;
  /** What `npm --version` says there. */
  setNpmVersion(version: string): void;
}

export function testWorkspace(): TestWorkspace {
  const cwd = throwawayDirectory('workspace');
  const remote = throwawayDirectory('remote');
  const programs = throwawayDirectory('programs');
  const env = {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    HOME: programs,
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.com',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.com',
  };
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  };
  const setNpmVersion = (version: string): void => {
    const npm = join(programs, 'npm');
    // All that is asked of it here: its version, whether the registry knows a package, and to run the checks.
    const script = `#!/bin/sh
case "$1" in
  --version) echo ${version};;
  view) echo '{"error":{"code":"E404"}}'; exit 1;;
  *) exec sh check.sh;;
esac
`;
    writeFileSync(npm, script);
    chmodSync(npm, 0o755);
  };
  setNpmVersion('11.5.1');
  write(
    'tools/release/release.json',
    JSON.stringify(
      { scope: '@acme', scopeIsProvenOurs: false, environment: 'npm', branch: 'main' },
      null,
      2,
    ),
  );
  write(
    'packages/tracing/package.json',
    JSON.stringify({ name: '@acme/tracing', version: '0.1.0' }),
  );
  write('check.sh', 'exit 0\n');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', remote);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'feat: begin');
  git('push', '--quiet', 'origin', 'main');
  return { cwd, env, remote, write, git, setNpmVersion };
}
