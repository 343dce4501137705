import type { ReleasedPackage } from './manifests.js';
import { output, type Surroundings } from './program.js';

/** What the registry says of a package; undefined when it does not know the name. */
export interface KnownPackage {
  readonly versions: readonly string[];
  readonly repository: string | undefined;
}

/** Asks the registry that npm is set up for. */
export async function lookUp(
  surroundings: Surroundings,
  name: string,
): Promise<KnownPackage | undefined> {
  try {
    const text = await output(
      surroundings,
      ...([
        'npm',
        'view',
        name,
        '--json',
        '--prefer-online',
        'name',
        'versions',
        'repository.url',
      ] as const),
    );
    const found = JSON.parse(text) as { versions: string | string[]; 'repository.url'?: string };
    return {
      versions: [found.versions].flat(),
      repository: found['repository.url'],
    };
  } catch (error) {
    if ((error as { stdout?: string }).stdout?.includes('"E404"') === true) return undefined;
    throw error;
  }
}

/** The packages whose present version is not on the registry: those just released, and any that failed last time. */
export async function unpublished(
  surroundings: Surroundings,
  packages: readonly ReleasedPackage[],
): Promise<readonly ReleasedPackage[]> {
  const found = await Promise.all(packages.map(({ name }) => lookUp(surroundings, name)));
  return packages.filter(({ version }, index) => found[index]?.versions.includes(version) !== true);
}

/** Says of each package why it is not ours to publish: a name that is taken is somebody else's. */
export async function strangers(
  surroundings: Surroundings,
  packages: readonly ReleasedPackage[],
  firstRelease: boolean,
): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const { name, repository } of packages) {
    const known = await lookUp(surroundings, name);
    if (known === undefined && !firstRelease) {
      reasons.push(`${name} is not on the registry: say --first-release`);
    }
    if (known !== undefined && sourceOf(known.repository) !== sourceOf(repository?.url)) {
      reasons.push(
        `${name} is on the registry with the source ${known.repository ?? 'untold'}, which is not ours`,
      );
    }
  }
  return reasons;
}

/** The address of a repository as people write it, without what npm puts around it. */
export function sourceOf(url: string | undefined): string | undefined {
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}
