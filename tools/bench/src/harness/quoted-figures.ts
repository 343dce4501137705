import { shown, type Figure, type Spread } from './figure.js';
import type { BenchmarkRecord } from './benchmark-record.js';

/**
 * A figure that a text quotes: `<!-- figure logging-lines.file.plain -->881<!-- / -->`. After the name may stand what
 * of it (`low`, `high`, `wall`, `times`, `date`, `version`; else the median), and `~2` for two significant digits.
 */
const quote = /<!-- figure ([^>]*?) -->([^]*?)<!-- \/ -->/g;

/** A quoted figure that cannot be told from the record. */
class UnknownFigureError extends Error {
  override readonly name = 'UnknownFigureError';
}

/** The text with every figure that it quotes as the record has it; those that cannot be told stay as they are. */
export function withFigures(text: string, record: BenchmarkRecord): string {
  return text.replace(quote, (whole, asked: string) => {
    try {
      return `<!-- figure ${asked} -->${told(asked, record)}<!-- / -->`;
    } catch (error) {
      if (error instanceof UnknownFigureError) return whole;
      throw error;
    }
  });
}

/** What a text quotes otherwise than the record has it, in words, and where Markdown does not see the quote. */
export function staleQuotes(text: string, record: BenchmarkRecord): string[] {
  const blind = (text.match(/^[ ]*<!-- figure .*?-->/gm) ?? []).map(
    (begin) => `${begin.trim()} begins a line, which Markdown takes for HTML as a whole`,
  );
  return [...blind, ...wrongQuotes(text, record)];
}

function wrongQuotes(text: string, record: BenchmarkRecord): string[] {
  return [...text.matchAll(quote)].flatMap(([, asked = '', written = '']) => {
    try {
      const is = told(asked, record);
      return is === written ? [] : [`${asked} is ${is}, not ${written}`];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

function told(asked: string, record: BenchmarkRecord): string {
  const [name = '', ...words] = asked.trim().split(/\s+/);
  const [suiteName = '', ...path] = name.split('.');
  const suite = record.suites[suiteName];
  const unknown = (what: string): never => {
    throw new UnknownFigureError(`"${asked}": ${what}`);
  };
  if (suite === undefined) return unknown(`no suite "${suiteName}" was run`);
  if (words.includes('date')) return suite.date.slice(0, 10);
  const figure = suite.figures[path.join('.')];
  if (figure === undefined) return unknown(`${suiteName} has no figure "${path.join('.')}"`);
  if (words.includes('version')) {
    return suite.subjects[figure.by]?.version ?? unknown(`"${figure.by}" has no version`);
  }
  return valueOf(figure, words) ?? unknown(`it has no "${words.join(' ')}"`);
}

function valueOf(figure: Figure, words: readonly string[]): string | undefined {
  let spread: Spread | undefined = figure;
  let end: 'median' | 'low' | 'high' = 'median';
  let { digits } = figure;
  let significant: number | undefined;
  for (const word of words) {
    if (word === 'low' || word === 'high') end = word;
    else if (word === 'wall') spread = figure.wall;
    else if (word === 'times') [spread, digits] = [figure.times, undefined];
    else if (/^~[1-9]$/.test(word)) significant = Number(word[1]);
    else return undefined;
  }
  if (spread === undefined) return undefined;
  return shown(spread[end], significant === undefined ? digits : undefined, significant);
}
