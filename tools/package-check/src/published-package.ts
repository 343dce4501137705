import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
    readonly exports: Readonly<Record<string, unknown>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  };
}

/** Every package of the workspace that is published. */
export function publishedPackages(): readonly PublishedPackage[] {
  const packages = join(workspaceRoot, 'packages');
  return readdirSync(packages).map((name) => {
    const directory = join(packages, name);
    const manifest = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    ) as PublishedPackage['manifest'];
    return { name: `@llm/${name}`, directory, manifest };
  });
}

/** Packs it and gives the tarball's path and the files in it. */
export async function pack({
  directory,
}: PublishedPackage): Promise<{ tarball: string; files: readonly string[] }> {
  const destination = throwawayDirectory('packed');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: directory,
  });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error(`npm pack gave nothing for ${directory}`);
  return {
    tarball: join(destination, packed.filename.replace('@', '').replace('/', '-')),
    files: packed.files.map((file) => file.path),
  };
}

/** An empty folder with these things installed in it, as a user's project would have them. */
export class Consumer {
  readonly directory = throwawayDirectory('consumer');

  async install(...what: readonly string[]): Promise<void> {
    const manifest = join(this.directory, 'package.json');
    writeFileSync(manifest, JSON.stringify({ name: 'consumer', private: true, version: '1.0.0' }));
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--strict-peer-deps',
      ...what,
    ];
    await run('npm', args, { cwd: this.directory, maxBuffer: 16 << 20 });
  }

  /** Runs a program there, by this Node or another one; rejects with its output when it fails. */
  async run(
    file: string,
    source: string,
    { node = process.execPath, env = {} }: { node?: string; env?: Record<string, string> } = {},
  ): Promise<string> {
    mkdirSync(this.directory, { recursive: true });
    writeFileSync(join(this.directory, file), source);
    const { stdout } = await run(node, [file], {
      cwd: this.directory,
      env: { ...process.env, ...env },
    });
    return stdout;
  }

  /** Type-checks a program there under NodeNext, declarations of dependencies included. */
  async typecheck(file: string, source: string): Promise<void> {
    writeFileSync(join(this.directory, file), source);
    const options = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2022',
        strict: true,
        noEmit: true,
        types: ['node'],
      },
      files: [file],
    };
    writeFileSync(join(this.directory, 'tsconfig.json'), JSON.stringify(options));
    const tsc = join(workspaceRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    try {
      await run(process.execPath, [tsc, '-p', '.'], { cwd: this.directory });
    } catch (error) {
      throw new Error(`tsc: ${(error as { stdout: string }).stdout}`, { cause: error });
    }
  }

  /** Names of the packages installed there. */
  installed(): readonly string[] {
    const lock = readFileSync(join(this.directory, 'node_modules', '.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(lock) as { packages: Record<string, unknown> };
    return Object.keys(packages).map((path) =>
      path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    );
  }
}
