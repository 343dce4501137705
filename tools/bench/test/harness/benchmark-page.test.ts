import { expect, it } from 'vitest';
import { benchmarkPage } from '../../src/harness/benchmark-page.js';
import { lines, recordOf, suiteOf } from './sample-record.js';

const page = benchmarkPage(recordOf({ 'logging-lines': suiteOf(lines) }), [
  { title: 'anomaly-series', why: 'it needs `--data`' },
]);

it('tells the machine, its load, the command and every peer with version and settings', () => {
  expect(page).toContain('## logging-lines');
  expect(page).toContain(
    '`npm run bench:logging-lines -- --rounds 3`, 2026-01-02 03:04 UTC, 12 s; a CPU, 2 cores, 8 GB, Linux 6, Node v20.20.2; load 0.1 at the start, 1.2 at the end; its goals were met.',
  );
  expect(page).toContain('- pino 10.4.0: time cached\n');
});

it('shows medians with spread, by CPU and by the clock, and how many times better ours are', () => {
  expect(page).toContain('| figure | what | by | value | by the clock | ours |\n');
  expect(page).toContain(
    '| `file.plain` | a line | @llm/logging | 881 (870..905) ns CPU | 902 (890..960) ns |  |\n',
  );
  expect(page).toContain(
    '| `file.pino` | a line | pino | 700 (690..720) ns CPU |  | 0.794 (0.770..0.820) times |\n',
  );
});

it('lists what was left out', () => {
  expect(page).toContain('## Left out\n\n- anomaly-series: it needs `--data`\n');
});

it('has no column that nobody fills, and lets no text break the table', () => {
  const figures = {
    f: { what: 'a|b __c__', by: 'x', unit: '', digits: 0, median: 3, low: 3, high: 3, of: 1 },
  };
  const plain = benchmarkPage(recordOf({ s: suiteOf(figures) }), []);
  expect(plain).toContain('| figure | what | by | value |\n');
  expect(plain).toContain('| `f` | a\\|b \\_\\_c\\_\\_ | x | 3 |\n');
  expect(plain).not.toContain('Left out');
});
