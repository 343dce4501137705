/** Prints what tracing model calls costs: `npm run bench:tracing-cost -- --help`. */
import { loadavg } from 'node:os';
import { someOf, whole } from '../command-line.js';
import { grouped, median, quantile, spread } from '../figures.js';
import { packageVersion } from '../harness/peer-version.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import { Random } from '../random.js';
import { loadedFiles, loadTime } from '../loading/module-load.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import type { CostJob, CostResult, CostSubject } from './cost-process.js';
import { quantileDifference } from './quantile-difference.js';

const parts = ['chunk', 'retained', 'first-chunk', 'call', 'no-sdk', 'load'] as const;

interface Row {
  /** Of its figure. */
  readonly name: string;
  readonly what: string;
  readonly values: readonly number[];
  readonly unit: string;
  readonly digits: number;
  readonly clock?: 'CPU' | 'wall';
  readonly by?: string;
  readonly goal?: number | undefined;
  /** Said instead of judging the median. */
  readonly verdict?: 'holds' | 'MISSED' | 'undecided' | undefined;
}

const ours = '@llm/tracing';

async function measured<Subject extends CostSubject>(
  job: CostJob & { readonly subject: Subject },
): Promise<CostResult<Subject>> {
  return answerOf<CostResult<Subject>>(freshProcess('tracing/cost-process', job));
}

/** Quantiles of the time to the first chunk, pooled over all streams, with what the wrapper adds and its interval at 95 %. */
async function firstChunkRows(streams: number): Promise<Row[]> {
  const { bare, wrapped } = await measured({ subject: 'first chunk', rounds: streams });
  const rows: Row[] = [];
  for (const [short, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const { difference, low, high } = quantileDifference(bare, wrapped, share, new Random(1));
    const of = { unit: 'ms', digits: 3, clock: 'wall' } as const;
    const streamsText = `${short} of ${grouped(streams)} streams a side over HTTP`;
    rows.push(
      { name: `first-chunk.${short}-bare`, what: `first chunk, ${streamsText}, bare client`, by: 'openai', values: [quantile(bare, share)], ...of }, // prettier-ignore
      {
        name: `first-chunk.${short}-added`,
        what: `  the wrapper adds (95 % by bootstrap)`,
        // The difference in the middle, the ends of the interval.
        values: [low, difference, high],
        ...of,
        ...(share === 0.99 && { goal: mostAddedMillis, verdict: verdictOn(low, high) }),
      },
    );
  }
  return rows;
}

const mostAddedMillis = 0.1;

/** A goal is decided where the whole interval is on one side of it. */
function verdictOn(low: number, high: number): Row['verdict'] {
  if (high <= mostAddedMillis) return 'holds';
  return low > mostAddedMillis ? 'MISSED' : 'undecided';
}

async function retainedRows(): Promise<Row[]> {
  const of = async (way: CostJob['way']): Promise<number> =>
    median(await measured({ subject: 'open streams', rounds: 1, way }));
  const bare = await of('bare');
  const spans = await of('bare spans');
  const records = await of('records');
  const both = await of('spans and records');
  const row = (name: string, what: string, value: number, goal?: number): Row => ({
    name: `open-stream.${name}`,
    what,
    values: [value],
    unit: 'bytes',
    digits: 0,
    goal,
  });
  return [
    row('bare', 'open stream of 10,000, bare client', bare),
    row('span', '  a span of the SDK with the same attributes adds', spans - bare),
    row('records', '  the wrapper adds, with a subscriber', records - bare, 1000),
    row('both', '  the wrapper adds, with a subscriber and an SDK', both - bare),
    row('beside-span', '    of it beside that span', both - spans, 1000),
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
    { name: 'load.core', clock: 'CPU', what: 'loading the core entry, once the API is there', values: own, unit: 'ms', digits: 1, goal: 15 }, // prettier-ignore
    {
      name: 'load.api',
      by: api,
      clock: 'CPU',
      what: '  the API',
      values: base,
      unit: 'ms',
      digits: 1,
    },
    {
      name: 'load.foreign',
      what: `  modules that are neither ours nor the API's, of ${files.length}`,
      values: [foreign.length],
      unit: '',
      digits: 0,
      goal: 0,
    },
  ];
}

await runSuiteCommand(
  {
    usage: 'npm run bench:tracing-cost --',
    summary:
      'What tracing model calls costs, each part in a process of its own, wrapped and bare in turns. CPU time but\n' +
      'for the first chunk. For another Node: npx -y -p node@24 node tools/bench/dist/tracing/cost.js',
    options: {
      rounds: whole(9, { min: 1, max: 100, help: 'rounds; medians are judged' }),
      streams: whole(20_000, {
        min: 1000,
        max: 1_000_000,
        help: 'streams read to their first chunk, of each client',
      }),
      only: someOf(parts, 'parts to measure'),
    },
  },
  async ({ rounds, streams, only }, report) => {
    const rows: Row[] = [];
    const add = async (
      subject: 'chunk' | 'call' | 'observed method' | 'call without an SDK',
      row: Omit<Row, 'values'>,
    ): Promise<void> => {
      rows.push({ ...row, values: await measured({ subject, rounds }) });
    };
    if (only.includes('chunk')) {
      const what = 'chunk of a stream, added';
      await add('chunk', { name: 'chunk', what, clock: 'CPU', unit: 'µs', digits: 2, goal: 1 });
    }
    if (only.includes('retained')) rows.push(...(await retainedRows()));
    if (only.includes('first-chunk')) rows.push(...(await firstChunkRows(streams)));
    if (only.includes('call')) {
      const row = { unit: 'x', digits: 2, clock: 'CPU', goal: 1.2 } as const;
      await add('call', {
        name: 'call',
        what: 'traceInference, of startActiveSpan',
        ...row,
      });
      await add('observed method', {
        name: 'observed-method',
        what: 'observed method, of startActiveSpan',
        ...row,
      });
    }
    if (only.includes('no-sdk')) {
      const what = 'traceInference without an SDK, added';
      await add('call without an SDK', {
        name: 'no-sdk',
        what,
        clock: 'CPU',
        unit: 'ns',
        digits: 0,
        goal: 300,
      });
    }
    if (only.includes('load')) rows.push(...(await loadRows(rounds)));

    const holds = ({ values, goal, verdict }: Row): boolean =>
      verdict === undefined ? goal === undefined || median(values) <= goal : verdict !== 'MISSED';
    report.setting =
      'Wrapped and bare in turns, all spans sampled and let go of, a subscriber to the records.';
    report.subject(
      ours,
      packageVersion(ours),
      'observeOpenAI and traceInference at their defaults',
    );
    report.subject('openai', packageVersion('openai'), 'the bare client, against a server on the loopback'); // prettier-ignore
    report.subject('@opentelemetry/sdk-trace-node', packageVersion('@opentelemetry/sdk-trace-node'), 'startActiveSpan with the same attributes'); // prettier-ignore
    report.subject('@opentelemetry/api', packageVersion('@opentelemetry/api'));
    for (const { name, what, values, unit, digits, clock, by = ours } of rows) {
      const goal = by === ours ? ({ better: 'lower' } as const) : {};
      const time = clock === undefined ? {} : { clock };
      report.add(name, { what: what.trim(), by, unit, digits, values, ...time, ...goal });
    }
    console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1) ?? ''}`);
    console.log(
      table([
        ['', 'median (least..most)', 'goal'],
        ...rows.map((row) => [
          row.what,
          `${spread(row.values, (value) => value.toFixed(row.digits))} ${row.unit}`.trim(),
          row.goal === undefined
            ? ''
            : `<= ${row.goal}: ${row.verdict ?? (holds(row) ? 'holds' : 'MISSED')}`,
        ]),
      ]),
    );
    return rows.every(holds);
  },
);
