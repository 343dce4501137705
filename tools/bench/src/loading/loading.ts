/** Prints how long loading each package takes: `npm run bench:loading -- --help`. */
import { loadavg } from 'node:os';
import { whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { loadedFiles, loadTime, type LoadTime } from './module-load.js';

interface Entry {
  readonly name: string;
  /** What it is built on: whoever uses it loads that, too. */
  readonly base: readonly string[];
  /** Milliseconds of CPU beyond the base. */
  readonly goal: number;
}

const api = '@opentelemetry/api';
const entries: readonly Entry[] = [
  { name: '@llm/tracing', base: [api], goal: 15 },
  { name: '@llm/metrics', base: [api, 'prom-client'], goal: 30 },
  { name: '@llm/logging', base: [api, 'winston', 'winston-transport'], goal: 30 },
  { name: '@llm/anomaly', base: ['ml-isolation-forest'], goal: 30 },
  { name: '@llm/alerting', base: [], goal: 30 },
];

await runSuiteCommand(
  {
    usage: 'npm run bench:loading --',
    summary:
      'How long the main entry of each package takes to load in a new process: its base library, and what the\n' +
      'package adds to that. CPU time of all threads is judged, since time by the clock depends on the machine.',
    options: {
      rounds: whole(15, { min: 1, max: 200, help: 'rounds; medians are judged' }),
    },
  },
  async ({ rounds }, report) => {
    const rows: string[][] = [];
    let holds = true;
    report.setting =
      'Each in new processes, CPU of all threads: what a package adds once its base library is loaded.';
    for (const { name, base, goal } of entries) {
      const added: LoadTime[] = [];
      const bases: LoadTime[] = [];
      for (let round = 0; round < rounds; round++) {
        added.push(await loadTime(name, base));
        const [last] = base.slice(-1);
        // The whole base at once: its parts have parts in common.
        if (last !== undefined) bases.push(await loadTime(asOne(base)));
      }
      const own = `packages/${name.slice('@llm/'.length)}/`;
      const files = (await loadedFiles(name)).filter((file) => file.startsWith(own));
      const cpu = (times: readonly LoadTime[]): number[] => times.map((time) => time.cpuMillis);
      const short = name.slice('@llm/'.length);
      const wall = (times: readonly LoadTime[]): number[] => times.map(({ millis }) => millis);
      const of = { unit: 'ms', clock: 'CPU', better: 'lower' } as const;
      report.subject(name, packageVersion(name));
      for (const one of base) report.subject(one, packageVersion(one));
      const what = base.length === 0 ? 'the entry; it has no base' : `the entry, once ${base.join(', ')} is there`; // prettier-ignore
      report.add(`${short}.added`, {
        what,
        by: name,
        ...of,
        values: cpu(added),
        wall: wall(added),
      });
      if (bases.length > 0) {
        const by = base.find((one) => one !== api) ?? api;
        report.add(`${short}.base`, { what: `its base: ${base.join(', ')}`, by, ...of, values: cpu(bases), wall: wall(bases) }); // prettier-ignore
      }
      report.count(`${short}.files`, 'files of its own that the entry loads', name, files.length);
      const good = median(cpu(added)) <= goal;
      holds &&= good;
      rows.push([
        name,
        String(files.length),
        spread(cpu(added), millis),
        spread(added.map((time) => time.millis), millis), // prettier-ignore
        `<= ${goal}: ${good ? 'holds' : 'MISSED'}`,
        `${base.join(', ') || 'none'} ${bases.length > 0 ? millis(median(cpu(bases))) : ''}`.trim(),
      ]);
    }
    console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1) ?? ''}, milliseconds`);
    console.log(
      table([
        ['', 'files', 'CPU beyond its base', 'by the clock', 'goal', 'its base, CPU'],
        ...rows,
      ]),
    );
    return holds;
  },
);

function millis(value: number): string {
  return value.toFixed(1);
}

function asOne(base: readonly string[]): string {
  const imports = base.map((name) => `await import(${JSON.stringify(import.meta.resolve(name))});`);
  return `data:text/javascript,${encodeURIComponent(imports.join('\n'))}`;
}
