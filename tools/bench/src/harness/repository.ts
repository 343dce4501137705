import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { benchmarkPage, type LeftOut } from './benchmark-page.js';
import { readRecord, writeWhole, type BenchmarkRecord } from './benchmark-record.js';
import { quotingFiles } from './quoting-files.js';
import { staleQuotes, withFigures } from './quoted-figures.js';

/** The repository that this belongs to. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** Where figures are kept: with `.json` and `.md`. */
export const committedRecord = join(root, 'docs/benchmarks');

/** Writes a record as JSON and as a page. */
export async function writeBenchmarks(
  base: string,
  record: BenchmarkRecord,
  leftOut: readonly LeftOut[],
): Promise<void> {
  mkdirSync(dirname(base), { recursive: true });
  writeWhole(`${base}.json`, await formatted(`${base}.json`, JSON.stringify(record)));
  writeWhole(`${base}.md`, await formatted(`${base}.md`, benchmarkPage(record, leftOut)));
}

/** Copies figures of the committed record to where texts quote them; what cannot be told is left as it is, and named. */
export async function quoteFigures(): Promise<{ written: string[]; problems: string[] }> {
  const record = readRecord(`${committedRecord}.json`);
  const written: string[] = [];
  const problems: string[] = [];
  for (const { path, text } of quotingFiles(root)) {
    const quoted = withFigures(text, record);
    problems.push(...staleQuotes(quoted, record).map((problem) => `${path}: ${problem}`));
    if (quoted === text) continue;
    const file = join(root, path);
    writeWhole(file, await formatted(file, quoted));
    written.push(path);
  }
  return { written, problems };
}

async function formatted(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
