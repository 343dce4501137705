import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { throwawayDirectory } from 'test-services';
import { workspaceRoot } from './published-package.js';

const run = promisify(execFile);

/** An empty folder with these things installed in it, as a user's project would have them. */
export class Consumer {
  readonly directory = throwawayDirectory('consumer');

  /** `npmrc`: where scopes come from, for example. Default: as the user's npm is set up. */
  constructor(npmrc?: string) {
    if (npmrc !== undefined) writeFileSync(join(this.directory, '.npmrc'), npmrc);
  }

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

  /** Puts a file there. */
  write(file: string, text: string): void {
    writeFileSync(join(this.directory, file), text);
  }

  /** Runs a program there, by this Node or another one; rejects with its output when it fails. */
  async run(
    file: string,
    source?: string,
    { node = process.execPath, env = {} }: { node?: string; env?: Record<string, string> } = {},
  ): Promise<string> {
    mkdirSync(this.directory, { recursive: true });
    if (source !== undefined) this.write(file, source);
    const { stdout } = await run(node, [file], {
      cwd: this.directory,
      env: { ...process.env, ...env },
    });
    return stdout;
  }

  /** Type-checks a program there under NodeNext, declarations of dependencies included. */
  async typecheck(file: string, source: string): Promise<void> {
    this.write(file, source);
    await this.compile([file], { noEmit: true });
  }

  /** Compiles files there, strictly, declarations of dependencies included; rejects with what the compiler says. */
  async compile(
    files: readonly string[],
    options: Readonly<Record<string, unknown>>,
    tsc: string = join(workspaceRoot, 'node_modules', 'typescript', 'bin', 'tsc'),
  ): Promise<void> {
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2022', strict: true, types: ['node'] },
      ...options,
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
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

  /** The folder goes. */
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
