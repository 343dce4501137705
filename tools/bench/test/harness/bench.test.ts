import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecord } from '../../src/harness/benchmark-record.js';
import { root } from '../../src/harness/repository.js';
import { lines, recordOf, suiteOf } from './sample-record.js';

const run = promisify(execFile);
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bench-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function built(command: string, ...args: string[]) {
  return run(process.execPath, [join(root, `tools/bench/dist/harness/${command}.js`), ...args]);
}

it('runs a part of the suites, leaves out what lacks its data, and keeps what others had', async () => {
  const before = recordOf({ 'logging-lines': suiteOf(lines), 'metrics-tenants': suiteOf(lines) });
  writeFileSync(join(folder, 'b.json'), JSON.stringify(before));
  const { stdout } = await built(
    'bench',
    ...['--only', 'metrics-tenants,anomaly-series', '--output', join(folder, 'b')],
  );
  expect(stdout).toMatch(/\] metrics-tenants: 4 figures in [\d.]+ s, goals met\n/);
  expect(stdout).toContain('anomaly-series: left out, it needs --data with timeseries\n');
  const { suites } = readRecord(join(folder, 'b.json'));
  expect(Object.keys(suites)).toEqual(['logging-lines', 'metrics-tenants']);
  expect(suites['logging-lines']).toEqual(before.suites['logging-lines']);
  expect(suites['metrics-tenants']).toMatchObject({
    command: 'npm run bench:metrics-tenants',
    machine: { node: process.version },
    figures: { other: { by: '@llm/metrics', median: 999_000 } },
  });
  expect(readFileSync(join(folder, 'b.md'), 'utf8')).toMatch(/\n\| `other` .*\| 999 000 /);
});

it('refuses a suite that there is not', async () => {
  await expect(built('bench', '--only', 'nope')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no suite begins with "nope"') as string,
  });
});

it('tells a ratio that became worse', async () => {
  const slower = structuredClone(lines) as { 'file.pino': { times: object } } & typeof lines;
  Object.assign(slower['file.pino'].times, { median: 0.5, low: 0.49, high: 0.51 });
  const [before, after] = ['before.json', 'after.json'].map((name) => join(folder, name));
  writeFileSync(before ?? '', JSON.stringify(recordOf({ s: suiteOf(lines) })));
  writeFileSync(after ?? '', JSON.stringify(recordOf({ s: suiteOf(slower) })));
  await expect(
    built('check', '--before', before ?? '', '--after', after ?? ''),
  ).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /\ns\.file\.pino times .* worse\n1 ratios compared: 1 worse/,
    ) as string,
  });
  const same = await built('check', '--before', before ?? '', '--after', before ?? '');
  expect(same.stdout).toBe('1 ratios compared: 0 worse, 0 better, 0 missing\n');
});
