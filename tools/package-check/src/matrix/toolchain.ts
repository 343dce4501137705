import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Consumer } from '../consumer.js';

const run = promisify(execFile);

/** A program in one of the versions that users have. */
export interface Tool {
  /** Such as `Node 22` or `TypeScript 5.9`. */
  readonly name: string;
  readonly path: string;
}

/** What users compile and run with. */
export interface Toolchain {
  readonly nodes: readonly Tool[];
  readonly compilers: readonly Tool[];
  remove(): void;
}

const nodes = ['20', '22', '24'];
const compilers = { '5.9': '5.9.3', '6.0': '6.0.3', '7.0': '7.0.2' };

/** Installs the versions of Node and TypeScript from npm; the Node that this runs on is taken as it is. */
export async function installToolchain(): Promise<Toolchain> {
  const [own = ''] = process.versions.node.split('.', 1);
  const others = nodes.filter((version) => version !== own);
  const folder = new Consumer();
  await folder.install(
    ...others.map((version) => `node${version}@npm:node@${version}`),
    ...Object.entries(compilers).map(
      ([name, version]) => `typescript${name}@npm:typescript@${version}`,
    ),
  );
  const at = (...path: string[]): string => join(folder.directory, 'node_modules', ...path);
  const toolchain = {
    nodes: nodes.map((version) => ({
      name: `Node ${version}`,
      path: version === own ? process.execPath : at(`node${version}`, 'bin', 'node'),
    })),
    compilers: Object.keys(compilers).map((name) => ({
      name: `TypeScript ${name}`,
      path: at(`typescript${name}`, 'bin', 'tsc'),
    })),
    remove: () => folder.remove(),
  };
  for (const { name, path } of toolchain.nodes) {
    const version = existsSync(path) ? (await run(path, ['--version'])).stdout : 'missing';
    if (!version.startsWith(`v${name.slice('Node '.length)}.`)) {
      throw new Error(`${name} at ${path} is ${version.trim()}`);
    }
  }
  return toolchain;
}
