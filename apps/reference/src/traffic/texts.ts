import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Our own small corpus: made up, with made-up personal data. */
export const builtInTexts = fileURLToPath(new URL('../../data/corpus.jsonl', import.meta.url));

/**
 * The `text` of each line of a JSON lines file.
 *
 * @throws Error that names the file and the line which it cannot read.
 */
export function readTexts(file: string): readonly string[] {
  const texts: string[] = [];
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    let text: unknown;
    try {
      text = (JSON.parse(line) as { text?: unknown } | null)?.text;
    } catch {
      // named below
    }
    if (typeof text !== 'string')
      throw new Error(`${file}:${index + 1} has no "text": ${line.slice(0, 100)}`);
    texts.push(text);
  }
  if (texts.length === 0) throw new Error(`${file} has no texts`);
  return texts;
}
