/** Proves that spans survive bursts with the default settings: `npm run bench:tracing-burst -- --help`. */
import { someOf, whole } from '../command-line.js';
import { grouped, median } from '../figures.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { destinations, type BurstJob, type BurstResult, type Destination } from './burst-job.js';

type Load = Pick<BurstJob, 'burst' | 'rate' | 'seconds'>;

interface Run extends BurstResult {
  readonly received: number;
}

/** Spans of one process to a receiver in another one. */
async function run(destination: Destination | undefined, load: Load, hang = false): Promise<Run> {
  if (destination === undefined) {
    const job: BurstJob = { destination, url: undefined, port: undefined, ...load };
    const result = await answerOf<BurstResult>(freshProcess('tracing/burst-process', job));
    return { ...result, received: 0 };
  }
  const receiver = freshProcess('tracing/receiver-process', { destination, hang });
  const { url, port } = await answerOf<{ url?: string; port?: number }>(receiver);
  const job: BurstJob = { destination, url, port, ...load };
  const result = await answerOf<BurstResult>(freshProcess('tracing/burst-process', job));
  const counted = answerOf<{ count: number }>(receiver);
  receiver.send('count');
  const { count } = await counted;
  receiver.kill();
  return { ...result, received: count };
}

type Figure = Exclude<keyof Run, 'lastError'>;

/** Sums of what must not be lost, medians of what may vary. */
function rowOf(name: string, runs: readonly Run[]): (string | number)[] {
  const sum = (figure: Figure): string =>
    grouped(runs.reduce((total, one) => total + one[figure], 0));
  const middle = (figure: Figure, digits: number): string =>
    median(runs.map((one) => one[figure])).toFixed(digits);
  return [
    name,
    sum('made'),
    sum('received'),
    sum('dropped'),
    sum('failed'),
    middle('cpuMicros', 1),
    middle('peakMegabytes', 0),
    middle('p50', 2),
    middle('p99', 1),
  ];
}

const head = ['', 'made', 'received', 'dropped', 'failed', 'CPU us', 'peak MB', 'p50 ms', 'p99 ms'];

function reportRuns(
  report: FigureReport,
  kind: 'burst' | 'rate',
  destination: string,
  runs: readonly Run[],
): void {
  const name = `${kind}.${destination.replace(/\W+/g, '-')}`;
  const what = kind === 'burst' ? 'in one tick' : 'spread over time';
  const by = '@llm/tracing';
  const sum = (of: (run: Run) => number): number => runs.reduce((all, run) => all + of(run), 0);
  report.count(
    `${name}.made`,
    `spans ${what} to ${destination}`,
    by,
    sum(({ made }) => made),
  );
  if (destination !== 'nowhere') {
    const lost = sum(({ dropped, failed }) => dropped + failed);
    const isBad = destination.includes('hanging') ? undefined : ('lower' as const);
    report.count(`${name}.lost`, 'of them dropped or failed', by, lost, isBad);
  }
  const of = { by, better: 'lower', unit: 'ms', clock: 'wall' } as const;
  report.add(`${name}.cpu`, { what: 'each span, the whole process', ...of, unit: 'µs', clock: 'CPU', values: runs.map(({ cpuMicros }) => cpuMicros) }); // prettier-ignore
  report.add(`${name}.p99`, { what: 'p99 of requests that the process serves meanwhile', ...of, values: runs.map(({ p99 }) => p99) }); // prettier-ignore
}

await runSuiteCommand(
  {
    usage: 'npm run bench:tracing-burst --',
    summary:
      'Spans of ten attributes with the default settings, to receivers on the loopback that count them: so many\n' +
      'in one tick, and so many a second; then to a receiver that never answers. CPU is that of the whole\n' +
      'process for each span, latencies are those of requests that the same process serves meanwhile.',
    options: {
      burst: whole(10_000, { min: 1, max: 60_000, help: 'spans in one tick' }),
      rate: whole(20_000, { min: 100, max: 200_000, help: 'spans a second' }),
      seconds: whole(10, { min: 1, max: 300, help: 'for so long' }),
      rounds: whole(3, { min: 1, max: 20, help: 'rounds: spans are added up, times are medians' }),
      to: someOf(destinations, 'where the spans go'),
    },
  },
  async ({ burst, rate, seconds, rounds, to }, report) => {
    let holds = true;
    const check = (one: Run): void => {
      if (one.received === one.made && one.dropped + one.failed + one.queued === 0) return;
      holds = false;
      if (one.lastError !== '') console.log(`a failure: ${one.lastError}`);
    };
    const bursts = new Map<string, Run[]>();
    const rates = new Map<string, Run[]>();
    const add = (runs: Map<string, Run[]>, name: string, one: Run): void => {
      runs.set(name, [...(runs.get(name) ?? []), one]);
    };
    for (let round = 0; round < rounds; round++) {
      add(rates, 'nowhere', await run(undefined, { burst: 0, rate, seconds }));
      for (const destination of to) {
        const one = await run(destination, { burst, rate: 0, seconds: 2 });
        check(one);
        add(bursts, destination, one);
        const other = await run(destination, { burst: 0, rate, seconds });
        check(other);
        add(rates, destination, other);
      }
      const hung = await run('otlp', { burst: 0, rate, seconds }, true);
      add(rates, 'otlp, hanging', hung);
      if (hung.exported + hung.failed + hung.dropped + hung.queued !== hung.made) holds = false;
      if (hung.told !== hung.failed + hung.dropped) holds = false;
    }
    report.setting = `${grouped(burst)} spans of ten attributes in one tick, and ${grouped(rate)} spans/s for ${seconds} s, to receivers on the loopback.`;
    report.subject('@llm/tracing', packageVersion('@llm/tracing'), 'setupTracing at its defaults');
    for (const [kind, runs] of [
      ['burst', bursts],
      ['rate', rates],
    ] as const) {
      for (const [name, all] of runs) reportRuns(report, kind, name, all);
    }
    console.log(`Node ${process.version}, ${rounds} rounds\n\n${grouped(burst)} spans in one tick`);
    console.log(table([head, ...[...bursts].map(([name, runs]) => rowOf(name, runs))]));
    console.log(`\n${grouped(rate)} spans/s for ${seconds} s`);
    console.log(table([head, ...[...rates].map(([name, runs]) => rowOf(name, runs))]));
    console.log(
      `\n0 lost over ${to.join(', ')}, and every span of the hanging receiver accounted for and told: ${holds ? 'holds' : 'MISSED'}`,
    );
    return holds;
  },
);
