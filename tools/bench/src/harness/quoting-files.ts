import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Markdown file of the repository. */
export interface QuotingFile {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Every Markdown file of the repository that quotes a figure. */
export function quotingFiles(root: string): QuotingFile[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
    { cwd: root, encoding: 'utf8' },
  );
  return listed
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => text.includes('<!-- figure '));
}
