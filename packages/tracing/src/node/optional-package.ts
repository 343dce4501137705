import { createRequire } from 'node:module';

// The SDK, the exporters and the instrumentations are optional peers, and CommonJS: required when they
// are asked for, so that importing this entry never fails and all that is missing can be named at once.
const require = createRequire(import.meta.url);

/** What `setupTracing` was asked for needs packages that are not installed. */
export class MissingPackagesError extends Error {
  override readonly name = 'MissingPackagesError';
  /** The packages that are missing. */
  readonly packages: readonly string[];

  constructor(packages: readonly string[]) {
    super(
      `setupTracing needs packages that are not installed. Install them with:\n\n  ${installCommand(packages)}\n`,
    );
    this.packages = packages;
  }
}

/** The one command that brings packages in the versions that this package works with. */
export function installCommand(packages: readonly string[]): string {
  return `npm install ${packages.map((name) => `"${name}@${range(name)}"`).join(' ')}`;
}

function range(name: string): string {
  const { peerDependencies } = require('../../package.json') as {
    peerDependencies: Record<string, string>;
  };
  return peerDependencies[name] ?? 'latest';
}

/** Whether a package can be loaded from here. */
export function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** @throws MissingPackagesError naming all that are not installed */
export function requireInstalled(names: readonly string[]): void {
  const missing = [...new Set(names)].filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new MissingPackagesError(missing);
}

/** Loads a package that is known to be installed. */
export function loadPackage(name: string): unknown {
  return require(name);
}
