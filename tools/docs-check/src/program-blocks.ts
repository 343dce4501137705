import type { CodeBlock, Lines } from './code-block.js';

/** A block of TypeScript or JavaScript as a module of its own. */
export interface ProgramBlock {
  readonly block: CodeBlock;
  /** `packages/alerting/README.L20.ts`: the document and the line of the fence. */
  readonly file: string;
  /** Every line has the number that it has in the document. */
  readonly source: string;
  /** The names of the services of the block, and of those that it continues. */
  readonly services: CodeBlock['directive']['services'];
}

/**
 * The programs among the blocks of a document. A block that continues another is a module with that one in front.
 *
 * @throws Error naming the place, when a block continues nothing
 */
export function programBlocks(blocks: readonly CodeBlock[]): readonly ProgramBlock[] {
  const programs: ProgramBlock[] = [];
  let parts: Lines[] = [];
  let typed = false;
  for (const block of blocks) {
    if (!['ts', 'js'].includes(block.language)) continue;
    const { continues, services } = block.directive;
    const earlier = continues ? programs.at(-1) : undefined;
    if (continues && earlier === undefined)
      throw new Error(`${block.document}:${block.line}: there is no block to continue`);
    parts = continues ? parts : [];
    typed = block.language === 'ts' || (continues && typed);
    const { before, code, after } = block;
    parts = [...parts, ...[before, code].filter((part) => part !== undefined)];
    programs.push({
      block,
      file: block.document.replace(/\.md$/, `.L${block.line}.${typed ? 'ts' : 'js'}`),
      source: asModule(after === undefined ? parts : [...parts, after]),
      services: { ...earlier?.services, ...services },
    });
  }
  return programs;
}

function asModule(parts: readonly Lines[]): string {
  let text = '';
  let line = 1;
  for (const part of parts) {
    text += '\n'.repeat(part.line - line) + part.text;
    line = part.line + part.text.split('\n').length - 1;
  }
  return `${text}\nexport {};\n`;
}

/** Puts `packages/alerting/README.md:24` where a text of a compiler or of Node names a module. */
export function namingDocuments(text: string, folder: string): string {
  return text
    .replaceAll(`file://${folder}/`, '')
    .replaceAll(`${folder}/`, '')
    .replace(/\.L\d+\.[jt]s\b/g, '.md');
}
