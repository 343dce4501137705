import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspaceRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** A page of the documentation. */
export interface Document {
  /** Its path from the root of the workspace. */
  readonly path: string;
  readonly text: string;
}

/** Every README and guide that people read. */
export function documents(): readonly Document[] {
  const paths = [
    ...['README.md', 'CONTRIBUTING.md'],
    ...pagesBelow('docs'),
    ...['packages', 'apps'].flatMap((group) =>
      readdirSync(join(workspaceRoot, group)).map((name) => `${group}/${name}/README.md`),
    ),
  ];
  return paths.map(documentAt);
}

export function documentAt(path: string): Document {
  return { path, text: readFileSync(join(workspaceRoot, path), 'utf8') };
}

function pagesBelow(folder: string): readonly string[] {
  return readdirSync(join(workspaceRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}
