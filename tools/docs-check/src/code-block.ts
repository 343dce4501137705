import { type Directive, readDirective } from './directive.js';
import type { Document } from './document.js';

/** Lines of a document, and where they stand in it. */
export interface Lines {
  /** The number of the first of them, from 1. */
  readonly line: number;
  readonly text: string;
}

/** A fenced block of code, with what comments around it say of its run. */
export interface CodeBlock {
  readonly document: string;
  readonly language: string;
  /** Where the fence stands, from 1. */
  readonly line: number;
  readonly code: Lines;
  readonly directive: Directive;
  /** Code of the comment before the block, which runs before it and readers do not see. */
  readonly before: Lines | undefined;
  /** Code of the comment after the block, which runs after it and looks at what it did. */
  readonly after: Lines | undefined;
}

const fence = /^(?<indent> *)```(?<language>\w*).*\n(?<code>[^]*?)^\k<indent>```$/gm;
const commentBefore = /<!-- docs:(?<directive>.*)(?:\n(?<code>(?:(?!-->)[^])*))?-->\s*$/;
const commentAfter = /^\s*<!-- then:\n(?<code>(?:(?!-->)[^])*)-->/;

/** The fenced blocks of a document, in their order. */
export function codeBlocks({ path, text }: Document): readonly CodeBlock[] {
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length;
  let end = 0;
  return [...text.matchAll(fence)].map((match) => {
    const { language = '', code = '' } = match.groups ?? {};
    const between = text.slice(end, match.index);
    const before = commentBefore.exec(between);
    const start = end;
    end = match.index + match[0].length;
    const after = commentAfter.exec(text.slice(end));
    const line = lineAt(match.index);
    return {
      document: path,
      language,
      line,
      code: { line: line + 1, text: code },
      directive: readDirective(before?.groups?.['directive'] ?? '', `${path}:${line}`),
      before:
        before?.groups?.['code'] === undefined
          ? undefined
          : { line: lineAt(start + before.index) + 1, text: before.groups['code'] },
      after:
        after?.groups?.['code'] === undefined
          ? undefined
          : {
              line: lineAt(end + after[0].indexOf('<!-- then:')) + 1,
              text: after.groups['code'],
            },
    };
  });
}
