import type { ReleasedPackage } from './manifests.js';
import { run, type Surroundings } from './program.js';

export interface PublishOptions {
  /** Whether names may be new to the registry. */
  readonly firstRelease: boolean;
  /** Packs, shows what would be sent and sends nothing. */
  readonly dryRun: boolean;
}

/** Builds the packages as they are checked out, and has `nx release publish` send them to the registry. */
export async function publish(
  surroundings: Surroundings,
  packages: readonly ReleasedPackage[],
  { firstRelease, dryRun }: PublishOptions,
): Promise<void> {
  if (packages.length === 0) return;
  const projects = packages.map(({ name }) => name).join(',');
  await run(
    surroundings,
    ...(['npx', 'nx', 'run-many', '-t', 'build', '-p', projects, '--outputStyle=static'] as const),
  );
  for (const [tag, tagged] of byDistTag(packages)) {
    await run(
      surroundings,
      ...(['npx', 'nx', 'release', 'publish', '--tag', tag] as const),
      ...['-p', tagged.map(({ name }) => name).join(','), '--outputStyle=static'],
      ...(firstRelease ? ['--first-release'] : []),
      ...(dryRun ? ['--dry-run'] : []),
    );
  }
}

/** A pre-release never becomes what `npm install` takes by default: `1.2.0-beta.3` is published as `beta`. */
export function byDistTag(
  packages: readonly ReleasedPackage[],
): ReadonlyMap<string, readonly ReleasedPackage[]> {
  const tagged = new Map<string, ReleasedPackage[]>();
  for (const one of packages) {
    const tag = distTag(one.version);
    tagged.set(tag, [...(tagged.get(tag) ?? []), one]);
  }
  return tagged;
}

function distTag(version: string): string {
  const preRelease = /^\d+\.\d+\.\d+-([^+]+)/.exec(version)?.[1];
  if (preRelease === undefined) return 'latest';
  const [name] = preRelease.split('.');
  return name === undefined || /^\d+$/.test(name) ? 'next' : name;
}
