import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { throwawayDirectory } from 'test-services';

const run = promisify(execFile);

export const workspaceRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** One package as users get it. */
export interface PublishedPackage {
  /** `@llm/…` */
  readonly name: string;
  readonly directory: string;
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly exports: Readonly<Record<string, unknown>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  };
}

/** Every package of the workspace that is published. */
export function publishedPackages(): readonly PublishedPackage[] {
  const packages = join(workspaceRoot, 'packages');
  return readdirSync(packages).map((folder) => {
    const directory = join(packages, folder);
    const manifest = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    ) as PublishedPackage['manifest'];
    return { name: manifest.name, directory, manifest };
  });
}

/** A tarball, as npm would publish it. */
export interface PackedPackage {
  readonly tarball: string;
  /** Bytes of the tarball. */
  readonly size: number;
  readonly files: readonly string[];
}

/** Packs it and gives the tarball's path and the files in it. */
export async function pack({ directory }: PublishedPackage): Promise<PackedPackage> {
  const destination = throwawayDirectory('packed');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: directory,
  });
  const [packed] = JSON.parse(stdout) as {
    filename: string;
    size: number;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error(`npm pack gave nothing for ${directory}`);
  return {
    tarball: join(destination, packed.filename.replace('@', '').replace('/', '-')),
    size: packed.size,
    files: packed.files.map((file) => file.path),
  };
}
