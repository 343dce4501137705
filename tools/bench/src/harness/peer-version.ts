import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findProgram } from 'test-services';

const require = createRequire(import.meta.url);

/** The version of an installed package, whether or not it exports its manifest. */
export function packageVersion(name: string): string {
  const file = (require.resolve.paths(name) ?? [])
    .map((folder) => join(folder, name, 'package.json'))
    .find(existsSync);
  if (file === undefined) return 'not installed';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The first number that looks like a version in what a program, the first that is there of these names, says of itself. */
export function programVersion(...names: readonly string[]): string {
  const path = names.map((name) => findProgram(name)).find((one) => one !== undefined);
  if (path === undefined) return 'unknown';
  const { stdout, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? 'unknown';
}
