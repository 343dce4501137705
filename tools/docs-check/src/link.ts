import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Document, documentAt, workspaceRoot } from './document.js';

/** Links of a document to files and headings that are not there, as `path:line: what`. */
export function deadLinks({ path, text }: Document): readonly string[] {
  const prose = text.replace(/```[^]*?```/g, (block) => block.replace(/[^\n]/g, ' '));
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].flatMap((match) => {
    const [target = '', heading] = (match[1] ?? '').split('#');
    const file = target === '' ? path : normalize(join(dirname(path), target));
    const place = `${path}:${prose.slice(0, match.index).split('\n').length}`;
    if (!existsSync(join(workspaceRoot, file))) return [`${place}: there is no ${file}`];
    if (heading === undefined || headings(documentAt(file)).has(heading)) return [];
    return [`${place}: ${file} has no heading #${heading}`];
  });
}

/** As GitHub names the headings of a page in links. */
function headings({ text }: Document): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}
