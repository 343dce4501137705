import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { workspaceRoot } from './document.js';

/** Packs a package as npm would publish it, and gives the path of its tarball. */
export async function packedPackage(name: string, folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--pack-destination', folder],
    { cwd: join(workspaceRoot, 'packages', name) },
  );
  const [entry] = JSON.parse(stdout) as { filename: string }[];
  return join(folder, (entry?.filename ?? '').replace('@', '').replace('/', '-'));
}
