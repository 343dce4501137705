import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Markdown file of the repository. */
export interface MarkdownFile {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** What is generated, and what was decided once and says what was measured then. */
const others = /(^|\/)CHANGELOG\.md$|^docs\/benchmarks\.md$|^docs\/decisions\//;

/** Every Markdown file of the repository that may quote figures. */
export function quotingFiles(root: string): MarkdownFile[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
    { cwd: root, encoding: 'utf8' },
  );
  return listed
    .split('\n')
    .filter((path) => path !== '' && !others.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
