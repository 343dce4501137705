import { expect, it } from 'vitest';
import { staleQuotes, withFigures } from '../../src/harness/quoted-figures.js';
import { lines, recordOf, suiteOf } from './sample-record.js';

const record = recordOf({ 'logging-lines': suiteOf(lines) });
const quote = (asked: string, written = '?'): string =>
  `<!-- figure ${asked} -->${written}<!-- / -->`;

it('writes the median, an end, the clock, a ratio, a version or a date, as the text asks', () => {
  const asked = [
    'logging-lines.file.plain',
    'logging-lines.file.plain high',
    'logging-lines.file.plain wall',
    'logging-lines.file.plain wall low',
    'logging-lines.file.plain ~2',
    'logging-lines.file.pino times',
    'logging-lines.file.pino times ~1',
    'logging-lines.file.pino version',
    'logging-lines date',
  ];
  const text = withFigures(asked.map((one) => quote(one)).join('\n'), record);
  expect(text.split('\n').map((line) => />(.*?)</.exec(line)?.[1])).toEqual([
    '881',
    '905',
    '902',
    '890',
    '880',
    '0.794',
    '0.8',
    '10.4.0',
    '2026-01-02',
  ]);
});

it('leaves everything else as it is, and what it wrote is not stale', () => {
  const text = `A line costs ${quote('logging-lines.file.plain', '1')} ns <!-- not a figure -->5.`;
  const written = withFigures(text, record);
  expect(written).toBe(text.replace('-->1<', '-->881<'));
  expect(staleQuotes(written, record)).toEqual([]);
});

it('names what a text has otherwise than the record', () => {
  const text = `It is ${quote('logging-lines.file.plain', '694')} ${quote('logging-lines.file.plain', '881')}`;
  expect(staleQuotes(text, record)).toEqual(['logging-lines.file.plain is 881, not 694']);
});

it.each([
  ['logging-line.file.plain', 'no suite "logging-line" was run'],
  ['logging-lines.file.plane', 'logging-lines has no figure "file.plane"'],
  ['logging-lines.file.plain times', 'it has no "times"'],
  ['logging-lines.file.plain lowest', 'it has no "lowest"'],
  ['logging-lines.file.plain version', '"@llm/logging" has no version'],
])('leaves the unknown figure %s as it is, and calls it stale', (asked, why) => {
  expect(withFigures(quote(asked, '5'), record)).toBe(quote(asked, '5'));
  expect(staleQuotes(`It is ${quote(asked)}.`, record)).toEqual([`"${asked}": ${why}`]);
});

it('tells a quote that begins a line, where Markdown would end the paragraph', () => {
  const text = `It costs\n  ${quote('logging-lines.file.plain', '881')} ns.`;
  expect(staleQuotes(text, record)).toEqual([
    '<!-- figure logging-lines.file.plain --> begins a line, which Markdown takes for HTML as a whole',
  ]);
});
