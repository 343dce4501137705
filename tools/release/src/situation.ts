import { releasedPackages, type ReleasedPackage } from './manifests.js';
import { output, type Surroundings } from './program.js';
import { runnerIdentity, type RunnerIdentity } from './runner-identity.js';
import { readSettings, type Settings } from './settings.js';

/** All that decides whether this may be released from here, now. */
export interface Situation {
  readonly settings: Settings;
  readonly packages: readonly ReleasedPackage[];
  /** Undefined outside GitHub Actions, or in a job that may not ask for a token. */
  readonly identity: RunnerIdentity | undefined;
  /** The branch that is checked out; empty when none is. */
  readonly branch: string;
  readonly head: string;
  /** Where the branch that is released is at the remote; undefined when it is not there. */
  readonly remoteHead: string | undefined;
  /** What git says is changed or not tracked. */
  readonly changes: readonly string[];
  /** Whether history is cut off, so that changelogs would lack commits. */
  readonly shallow: boolean;
  readonly npmVersion: string;
}

export async function readSituation(surroundings: Surroundings): Promise<Situation> {
  const settings = readSettings(surroundings.cwd);
  const git = (...args: string[]): Promise<string> => output(surroundings, 'git', ...args);
  const remote = await git('ls-remote', 'origin', `refs/heads/${settings.branch}`);
  return {
    settings,
    packages: releasedPackages(surroundings.cwd),
    identity: await runnerIdentity(surroundings.env),
    branch: await git('branch', '--show-current'),
    head: await git('rev-parse', 'HEAD'),
    remoteHead: remote.split(/\s/, 1)[0] || undefined,
    changes: (await git('status', '--porcelain')).split('\n').filter(Boolean),
    shallow: (await git('rev-parse', '--is-shallow-repository')) === 'true',
    npmVersion: await output(surroundings, 'npm', '--version'),
  };
}
