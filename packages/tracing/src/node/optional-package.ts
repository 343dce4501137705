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
      `setupTracing needs packages that are not installed, or not for OpenTelemetry SDK 2. Install them with:\n\n  ${installCommand(packages)}\n`,
    );
    this.packages = packages;
  }
}

/** The one command that brings packages in the versions that this package works with. */
export function installCommand(packages: readonly string[]): string {
  return `npm install ${packages.map((name) => `"${name}@${range(name)}"`).join(' ')}`;
}

function range(name: string): string {
  const { peerDependencies } = require('@llm/tracing/package.json') as {
    peerDependencies: Record<string, string>;
  };
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
    require.resolve(name);
    if (!isOfSdk(name)) return true;
    return /^2\./.test((require(`${name}/package.json`) as { version: string }).version);
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
