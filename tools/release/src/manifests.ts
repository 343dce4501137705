import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a release needs of a package's `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly repository?: { readonly url?: string };
}

/** One package that is published. */
export interface ReleasedPackage extends Manifest {
  /** Relative to the root of the workspace: `packages/tracing`. */
  readonly directory: string;
}

/** Every package under `packages/`, as its manifest is now. */
export function releasedPackages(root: string): readonly ReleasedPackage[] {
  return readdirSync(join(root, 'packages')).map((folder) => {
    const directory = `packages/${folder}`;
    const text = readFileSync(join(root, directory, 'package.json'), 'utf8');
    return { ...(JSON.parse(text) as Manifest), directory };
  });
}
