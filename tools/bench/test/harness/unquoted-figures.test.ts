import { expect, it } from 'vitest';
import { unquotedFigures } from '../../src/harness/unquoted-figures.js';

it('finds times, sizes and rates beside a command that measures', () => {
  const text = 'It takes 1.5 µs and 12 345 ns, 4 times less, 3 MB, 162 000/s (`npm run bench:x`).';
  expect(unquotedFigures(text)).toEqual(['1.5 µs', '12 345 ns', '4 times', '3 MB', '162 000/s']);
});

it('lets quoted ones be, and settings, and what is code or far from such a command', () => {
  const text = [
    'It takes <!-- figure x.y -->694<!-- / --> ns where 30 % fail for 25 s (`npm run crash:x`).',
    '```sh\nnpm run bench:x # 5 ms\n```',
    'A timeout of 500 ms.',
    '- `npm run bench:x`\n- waits for 10 ms',
  ].join('\n\n');
  expect(unquotedFigures(text)).toEqual([]);
});

it('takes each row of a table for itself', () => {
  const table =
    '| what | seen |\n| --- | --- |\n| a timeout | 5 ms |\n| `npm run bench:x` | 7 ms |';
  expect(unquotedFigures(table)).toEqual(['7 ms']);
});
