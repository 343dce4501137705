/** Runs the suites and records their figures: `npm run bench -- --help`. */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, textOption } from '../command-line.js';
import { readRecord, withSuite, type SuiteRecord } from './benchmark-record.js';
import { load, machine } from './machine.js';
import { committedRecord, quoteFigures, root, writeBenchmarks } from './repository.js';
import { runSuite } from './suite-run.js';
import { commandOf, scheduleOf, suites, suitesNamed, type Suite } from './suites.js';

const dist = fileURLToPath(new URL('../', import.meta.url));
const logs = fileURLToPath(new URL('../../reports/bench/', import.meta.url));

await runCommand(
  {
    usage: 'npm run bench --',
    summary:
      'Runs the suites, those whose times count one after the other, and writes their figures to docs/benchmarks.json and .md, and to the texts\n' +
      'that quote them, after each suite. A suite that fails keeps the figures that it had, and the others go on.\n' +
      'Ends with 1 when a suite failed; a goal that was missed is told.',
    options: {
      only: textOption('', 'suites whose names begin so, separated by commas (default: all)'),
      data: textOption('', 'folder of data; suites that need it are left out without (default: none)'), // prettier-ignore
      output: textOption('', 'where figures go, without ending (default: docs/benchmarks)'),
    },
  },
  async ({ only, data, output }) => {
    const names = suitesNamed(only === '' ? [''] : only.split(','));
    const base = output === '' ? committedRecord : resolve(output);
    const folder = data === '' ? undefined : resolve(process.env['INIT_CWD'] ?? '.', data);
    const begun = Date.now();
    const failed: string[] = [];
    const missed: string[] = [];
    let started = 0;
    let writing = Promise.resolve();
    const one = async (name: string): Promise<void> => {
      const suite = suites[name] as Suite;
      const place = `[${(started += 1)} of ${names.length}] ${name}`;
      const say = (what: string): void => {
        console.log(`${((Date.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${place}: ${what}`);
      };
      if (lacks(suite, folder)) {
        say(`left out, it needs --data with ${suite.data ?? ''}`);
        return;
      }
      say(`${suite.title} (load ${load()})`);
      const done = await recorded(name, suite, folder);
      if ('failure' in done) {
        failed.push(name);
        say(`FAILED, ${done.failure}`);
        return;
      }
      if (done.goals === 'missed') missed.push(name);
      say(`${Object.keys(done.figures).length} figures in ${done.seconds} s, goals ${done.goals}`);
      // Two suites may end at the same time.
      writing = writing.then(async () => {
        const record = withSuite(readRecord(`${base}.json`), name, done, Object.keys(suites));
        await writeBenchmarks(base, record, leftOut(record.suites));
        if (base === committedRecord) await quoteFigures();
      });
      await writing;
    };
    const all = async (list: readonly string[]): Promise<void> => {
      for (const name of list) await one(name);
    };
    const { alone, beside } = scheduleOf(names);
    await all(alone);
    await Promise.all(beside.map(all));
    const minutes = ((Date.now() - begun) / 60_000).toFixed(1);
    console.log(`\n${minutes} minutes; ${relative(root, base)}.json and .md are written`);
    if (missed.length > 0) console.log(`goals were missed in ${missed.join(', ')}`);
    if (failed.length > 0) console.log(`FAILED: ${failed.join(', ')}; their figures are as before`);
    const { problems } = base === committedRecord ? await quoteFigures() : { problems: [] };
    for (const problem of problems) console.log(`cannot be quoted: ${problem}`);
    return failed.length === 0 && problems.length === 0;
  },
);

async function recorded(
  name: string,
  suite: Suite,
  folder: string | undefined,
): Promise<SuiteRecord | { failure: string }> {
  const date = new Date();
  const before = load();
  const data = suite.data === undefined || folder === undefined ? [] : ['--data', folder];
  const outcome = await runSuite({
    script: join(dist, suite.script),
    args: [...(suite.args ?? []), ...data],
    execArgv: suite.execArgv ?? [],
    log: join(logs, `${name}.log`),
    limitMillis: (suite.limitMinutes ?? 15) * 60_000,
  });
  if ('failure' in outcome) return outcome;
  return {
    title: suite.title,
    command: commandOf(suite),
    date: date.toISOString(),
    seconds: Math.round((Date.now() - date.getTime()) / 100) / 10,
    goals: outcome.goals,
    machine: machine(),
    load: [before, load()],
    ...outcome.found,
  };
}

function lacks({ data }: Suite, folder: string | undefined): boolean {
  return data !== undefined && (folder === undefined || !existsSync(join(folder, data)));
}

/** Suites that have no figures at all: for the page. */
function leftOut(kept: Readonly<Record<string, unknown>>): { title: string; why: string }[] {
  return Object.entries(suites)
    .filter(([name]) => !(name in kept))
    .map(([name, { title, data }]) => ({
      title: `${name} (${title})`,
      why: data === undefined ? 'not run yet' : `it needs \`--data\` with \`${data}\``,
    }));
}
