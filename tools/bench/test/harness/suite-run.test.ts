import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runSuite, type SuiteOutcome } from '../../src/harness/suite-run.js';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'suite-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const found = { setting: 'small', subjects: {}, figures: {} };
const giveFigures = `
  const file = process.argv[process.argv.indexOf('--figures') + 1];
  require('node:fs').writeFileSync(file, ${JSON.stringify(JSON.stringify(found))});
`;

function run(source: string, limitMillis = 60_000): Promise<SuiteOutcome> {
  const script = join(folder, 'suite.cjs');
  writeFileSync(script, source);
  return runSuite({ script, args: ['--rounds', '3'], log: join(folder, 'suite.log'), limitMillis });
}

it('gives the figures of a suite, and whether it met its goals', async () => {
  expect(await run(giveFigures)).toEqual({ goals: 'met', found });
  expect(await run(`${giveFigures} process.exitCode = 1;`)).toEqual({ goals: 'missed', found });
});

it('keeps what a suite prints, and gives it its arguments', async () => {
  await run(`${giveFigures} console.log(process.argv[3]); console.error('aside');`);
  expect(readFileSync(join(folder, 'suite.log'), 'utf8')).toBe('3\naside\n');
});

it('tells a suite that ended without figures from one that has some of an earlier run', async () => {
  await run(giveFigures);
  expect(await run(`throw new Error('broken')`)).toEqual({
    failure: `ended with 1 and gave no figures; see ${join(folder, 'suite.log')}`,
  });
});

it('ends a suite that takes too long, with the processes that it started', async () => {
  const source = `
    const child = require('node:child_process').spawn('sleep', ['300']);
    require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(child.pid));
    setInterval(() => {}, 1000);
  `;
  const outcome = await run(source, 1500);
  expect(outcome).toMatchObject({
    failure: expect.stringMatching(/^was ended after 0.025 minutes/) as string,
  });
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  // A process that was killed is there until it is waited for, by whoever inherited it.
  await expect.poll(() => isRunning(pid)).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
