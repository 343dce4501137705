import { sourceOf } from './registry.js';
import type { Situation } from './situation.js';

/** Trusted publishing came with it. */
const oldestNpm = [11, 5, 1] as const;

/** Why nothing is released from here, not even for show; empty when all is well. */
export function refusals(situation: Situation): readonly string[] {
  const { settings, packages, identity, branch, head, remoteHead, changes, shallow } = situation;
  const reasons: string[] = [];
  if (identity === undefined) {
    reasons.push(
      'Releases are made by the workflow release.yml, never from a laptop: `npm run release:local` shows here what it does',
    );
  } else {
    if (identity.environment !== settings.environment) {
      reasons.push(
        `The job runs in ${identity.environment ?? 'no environment'}, not in the protected environment ${settings.environment}`,
      );
    }
    if (identity.event_name !== 'workflow_dispatch') {
      reasons.push(
        `A release is somebody's decision, made by a button: this was started by ${identity.event_name ?? 'nothing known'}`,
      );
    }
    if (identity.ref !== `refs/heads/${settings.branch}`) {
      reasons.push(`The workflow runs for ${identity.ref ?? 'no ref'}, not for ${settings.branch}`);
    }
  }
  if (branch !== settings.branch) {
    reasons.push(`${branch || 'No branch'} is checked out, not ${settings.branch}`);
  }
  if (head !== remoteHead) {
    reasons.push(
      `This is ${head.slice(0, 12)}, but ${settings.branch} at the remote is ${remoteHead?.slice(0, 12) ?? 'not there'}`,
    );
  }
  if (changes.length > 0) reasons.push(`The tree is not clean: ${changes.join(', ')}`);
  if (shallow) reasons.push('History is cut off: check out with fetch-depth 0');
  if (isOlder(situation.npmVersion)) {
    reasons.push(`npm ${situation.npmVersion} is older than ${oldestNpm.join('.')}`);
  }
  for (const { name, directory } of packages) {
    if (!name.startsWith(`${settings.scope}/`)) {
      reasons.push(`${directory} is called ${name}, outside the scope ${settings.scope}`);
    }
  }
  return reasons;
}

/** What stands between a rehearsal and the registry. */
export function publishingRefusals({ settings, packages, identity }: Situation): readonly string[] {
  const reasons: string[] = [];
  if (!settings.scopeIsProvenOurs) {
    reasons.push(
      `Nobody has shown that ${settings.scope} is ours on the registry (docs/releasing.md says how, and how to take another scope)`,
    );
  }
  for (const { name, repository } of packages) {
    const url = sourceOf(repository?.url);
    if (url === undefined || !url.endsWith(`/${identity?.repository ?? ''}`)) {
      reasons.push(
        `${name} says that its source is ${url ?? 'nowhere'}, but this is ${identity?.repository ?? 'no repository'}: provenance would be refused`,
      );
    }
  }
  return reasons;
}

function isOlder(version: string): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, least] of oldestNpm.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
