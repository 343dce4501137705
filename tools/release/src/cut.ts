import { releasedPackages, type ReleasedPackage } from './manifests.js';
import { run, type Surroundings } from './program.js';

export interface CutOptions {
  /** Makes pre-releases of this name, such as `beta`. Default: none. */
  readonly preid?: string | undefined;
  /** A version or a kind of step, instead of what the commits say. Needed to end a series of pre-releases. */
  readonly specifier?: string | undefined;
  /** Whether packages may be there that were never released. */
  readonly firstRelease: boolean;
  /** Shows what would happen and changes nothing. */
  readonly dryRun: boolean;
}

/**
 * Gives each package that has commits since its last tag its next version, a changelog and a tag, in one commit of the
 * repository's; nothing leaves the machine. Gives the packages that got a version.
 */
export async function cut(
  surroundings: Surroundings,
  { preid, specifier, firstRelease, dryRun }: CutOptions,
): Promise<readonly ReleasedPackage[]> {
  const before = new Set(releasedPackages(surroundings.cwd).map(label));
  await run(
    surroundings,
    'npx',
    ...['nx', 'release', '--skip-publish', ...(specifier === undefined ? [] : [specifier])],
    ...(preid === undefined ? [] : ['--preid', preid]),
    ...(firstRelease ? ['--first-release'] : []),
    ...(dryRun ? ['--dry-run'] : []),
  );
  return releasedPackages(surroundings.cwd).filter((now) => !before.has(label(now)));
}

/** `@acme/tracing@1.2.3`: how a released version is tagged. */
export function label({ name, version }: ReleasedPackage): string {
  return `${name}@${version}`;
}
