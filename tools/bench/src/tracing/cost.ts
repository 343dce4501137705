/** Prints what tracing model calls costs: `npm run bench:tracing-cost -- --help`. */
import { loadavg } from 'node:os';
import { runCommand, someOf, whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import { loadedFiles, loadTime } from '../loading/module-load.js';
import { table } from '../table.js';
import type { CostJob, CostResult } from './cost-process.js';

const parts = ['chunk', 'retained', 'first-chunk', 'call', 'no-sdk', 'load'] as const;

interface Row {
  readonly what: string;
  readonly values: readonly number[];
  readonly unit: string;
  readonly digits: number;
  readonly goal?: number | undefined;
}

async function measured(job: CostJob): Promise<readonly number[]> {
  return (await answerOf<CostResult>(freshProcess('tracing/cost-process', job))).values;
}

async function retainedRows(): Promise<Row[]> {
  const of = async (way: CostJob['way']): Promise<number> =>
    median(await measured({ subject: 'retained', rounds: 1, way }));
  const bare = await of('bare');
  const spans = await of('bare spans');
  const records = await of('records');
  const both = await of('spans and records');
  const row = (what: string, value: number, goal?: number): Row => ({
    what,
    values: [value],
    unit: 'bytes',
    digits: 0,
    goal,
  });
  return [
    row('open stream of 10,000, bare client', bare),
    row('  a span of the SDK with the same attributes adds', spans - bare),
    row('  the wrapper adds, with a subscriber', records - bare, 1000),
    row('  the wrapper adds, with a subscriber and an SDK', both - bare),
    row('    of it beside that span', both - spans, 1000),
  ];
}

async function loadRows(rounds: number): Promise<Row[]> {
  const api = '@opentelemetry/api';
  const files = await loadedFiles('@llm/tracing');
  const foreign = files.filter(
    (file) => !file.startsWith('packages/tracing/') && !file.includes(`${api}/`),
  );
  if (foreign.length > 0) console.log(`Foreign modules:\n  ${foreign.join('\n  ')}`);
  const own: number[] = [];
  const base: number[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push((await loadTime('@llm/tracing', [api])).cpuMillis);
    base.push((await loadTime(api)).cpuMillis);
  }
  return [
    { what: 'loading the core entry, once the API is there, CPU', values: own, unit: 'ms', digits: 1, goal: 15 }, // prettier-ignore
    { what: '  the API, CPU', values: base, unit: 'ms', digits: 1 },
    {
      what: `  modules that are neither ours nor the API's, of ${files.length}`,
      values: [foreign.length],
      unit: '',
      digits: 0,
      goal: 0,
    },
  ];
}

await runCommand(
  {
    usage: 'npm run bench:tracing-cost --',
    summary:
      'What tracing model calls costs, each part in a process of its own, wrapped and bare in turns. CPU time but\n' +
      'for the first chunk. For another Node: npx -y -p node@24 node tools/bench/dist/tracing/cost.js',
    options: {
      rounds: whole(9, { min: 1, max: 100, help: 'rounds; medians are judged' }),
      only: someOf(parts, 'parts to measure'),
    },
  },
  async ({ rounds, only }) => {
    const rows: Row[] = [];
    const add = async (
      subject: CostJob['subject'],
      row: Omit<Row, 'values'>,
      jobRounds = rounds,
    ): Promise<void> => {
      rows.push({ ...row, values: await measured({ subject, rounds: jobRounds }) });
    };
    if (only.includes('chunk')) {
      const what = 'chunk of a stream, CPU added';
      await add('chunk', { what, unit: 'µs', digits: 2, goal: 1 });
    }
    if (only.includes('retained')) rows.push(...(await retainedRows()));
    if (only.includes('first-chunk')) {
      const what = 'time to the first chunk over HTTP, p99 added';
      await add('first chunk', { what, unit: 'ms', digits: 3, goal: 0.1 });
    }
    if (only.includes('call')) {
      const row = { unit: 'x', digits: 2, goal: 1.2 };
      await add('call', { what: 'traceInference, of startActiveSpan', ...row });
      await add('streamless client call', {
        what: 'observed method, of startActiveSpan',
        ...row,
      });
    }
    if (only.includes('no-sdk')) {
      const what = 'traceInference without an SDK, CPU added';
      await add('call without an SDK', { what, unit: 'ns', digits: 0, goal: 300 });
    }
    if (only.includes('load')) rows.push(...(await loadRows(rounds)));

    const holds = ({ values, goal }: Row): boolean => goal === undefined || median(values) <= goal;
    console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1) ?? ''}`);
    console.log(
      table([
        ['', 'median (least..most)', 'goal'],
        ...rows.map((row) => [
          row.what,
          `${spread(row.values, (value) => value.toFixed(row.digits))} ${row.unit}`.trim(),
          row.goal === undefined ? '' : `<= ${row.goal}: ${holds(row) ? 'holds' : 'MISSED'}`,
        ]),
      ]),
    );
    return rows.every(holds);
  },
);
