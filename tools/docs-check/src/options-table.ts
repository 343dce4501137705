import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { workspaceRoot } from './document.js';

const marked =
  /(?<start><!-- options: (?<what>[^\n]*?) -->\n)[^]*?(?<end>\n<!-- end of options -->)/g;

/**
 * Fills the tables of options of a page: between `<!-- options: src/options.ts LoggingOptions -->` and
 * `<!-- end of options -->` comes what the interfaces of that file say of their fields. Files are named from
 * the page's folder; several interfaces, of several files, make one table.
 */
export function withOptionTables(text: string, folder: string): string {
  return text.replace(marked, (_all, start: string, what: string, end: string) => {
    let file = '';
    const rows = what.split(/\s+/).flatMap((word) => {
      if (!word.endsWith('.ts')) return rowsOf(join(workspaceRoot, folder, file), word);
      file = word;
      return [];
    });
    const table = ['| option | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
    return `${start}\n${table}\n${end}`;
  });
}

function rowsOf(file: string, name: string): readonly string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (found === undefined) throw new Error(`${file} has no interface ${name}`);
  return found.members.filter(ts.isPropertySignature).map((member) => {
    const option = member.name.getText(source);
    const documented = ts
      .getJSDocCommentsAndTags(member)
      .map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? '')
      .join(' ');
    if (documented === '') throw new Error(`${file}: ${name}.${option} has no documentation`);
    const { meaning, byDefault } = parted(documented);
    const missing = member.questionToken === undefined ? 'required' : '';
    return `| ${[`\`${option}\``, byDefault ?? missing, meaning].map(cell).join(' | ')} |`;
  });
}

/** Parts "How long it may take, milliseconds. Default: 5000." */
export function parted(documentation: string): {
  readonly meaning: string;
  readonly byDefault: string | undefined;
} {
  const text = documentation
    .replace(/\{@link (\S+?)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
  const match = /(?:^|\s)Default:? (.*)$/.exec(text);
  if (match === null) return { meaning: text, byDefault: undefined };
  // What comes behind the sentence about the default belongs to the meaning.
  const [, byDefault = '', rest = ''] = /^(.*?)(?:\.\s+(?=[A-Z`]))(.*)$/.exec(`${match[1]}`) ?? [
    '',
    (match[1] ?? '').replace(/\.$/, ''),
  ];
  return { meaning: `${text.slice(0, match.index)} ${rest}`.trim(), byDefault };
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|');
}
