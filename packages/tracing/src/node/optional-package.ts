import { join } from 'node:path';
import { ownRequire } from '../own-require.js';

// The SDK, the exporters and the instrumentations are optional peers, and CommonJS: required when they
// are asked for, so that importing this entry never fails and all that is missing can be named at once.

/** What `setupTracing` was asked for needs packages that are not installed. */
export class MissingPackagesError extends Error {
  override readonly name = 'MissingPackagesError';
  /** The packages that are missing, and those that would trace more of what is installed. */
  readonly packages: readonly string[];

  constructor(packages: readonly string[]) {
    super(
      `setupTracing needs packages that are not installed, or not for OpenTelemetry SDK 2. Install them with:\n\n  ${installCommand(packages)}\n`,
    );
    this.packages = packages;
  }
}

/** The one command that brings packages in the versions that this package works with. */
export function installCommand(packages: readonly string[]): string {
  const all = isInstalled(api) ? packages : [api, ...packages];
  return `npm install ${all.map((name) => `"${name}@${range(name)}"`).join(' ')}`;
}

// SDK 2 takes no later one, which is what `npm install @opentelemetry/api` brings: npm would refuse the SDK.
const api = '@opentelemetry/api';
const apiRange = '>=1.9.0 <1.10.0';

function range(name: string): string {
  const { peerDependencies } = ownRequire('@llm/tracing/package.json') as {
    peerDependencies: Record<string, string>;
  };
  if (name === api) return apiRange;
  return isOfSdk(name) ? sdkRange : (peerDependencies[name] ?? 'latest');
}

// As peers these may be of SDK 3, so that npm installs us beside it. Here they may not: the exporters and
// instrumentations of this entry, and `sdk-trace-node` itself, end with SDK 2.
const ofSdk = ['resources', 'propagator-b3', 'propagator-jaeger'];
const sdkRange = '^2.11.0';

function isOfSdk(name: string): boolean {
  return ofSdk.some((each) => name === `@opentelemetry/${each}`);
}

/** Whether a package can be loaded from here, in a version that will do. */
export function isInstalled(name: string): boolean {
  try {
    ownRequire.resolve(name);
    if (name === api) return /^1\.9\./.test(apiVersion());
    if (!isOfSdk(name)) return true;
    return /^2\./.test((ownRequire(`${name}/package.json`) as { version: string }).version);
  } catch {
    return false;
  }
}

/** Of its manifest, which the API does not export. */
function apiVersion(): string {
  const manifest = join(ownRequire.resolve(api), '..', '..', '..', 'package.json');
  return (ownRequire(manifest) as { version: string }).version;
}

/**
 * @param suggested - packages that nothing fails without, but that one would install in the same go
 * @throws MissingPackagesError naming all that are not installed
 */
export function requireInstalled(
  names: readonly string[],
  suggested: readonly string[] = [],
): void {
  const missing = [...new Set(names)].filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new MissingPackagesError([...missing, ...suggested]);
}

/** Loads a package that is known to be installed. */
export function loadPackage(name: string): unknown {
  return ownRequire(name);
}
