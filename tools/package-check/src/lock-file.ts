import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './published-package.js';

/** One package in a lock file. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** The hash of its tarball. */
  readonly integrity?: string;
  /** Where its tarball is; absent when that is left to the registry that npm is set up for. */
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  /** An SPDX expression, as its own manifest says. */
  readonly license?: string;
  /** Only the workspace's own work needs it. */
  readonly dev?: boolean;
}

/** Every package that the lock file makes npm fetch. */
export function lockedPackages(file: string): readonly LockedPackage[] {
  const text = readFileSync(join(workspaceRoot, file), 'utf8');
  const { packages } = JSON.parse(text) as {
    packages: Record<string, LockedPackage & { readonly link?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .map(([path, entry]) => ({ ...entry, name: path.replace(/^.*node_modules\//, '') }));
}
