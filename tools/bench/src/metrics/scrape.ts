/** Prints what scrapes cost beside prom-client: `npm run bench:metrics-scrape -- --help`. */
import { get } from 'node:http';
import { whole } from '../command-line.js';
import { grouped, median } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import type { ScrapeFigures, ScrapeJob, ScrapeReady } from './scrape-process.js';

const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

/** Reads an answer to its end and gives its length. */
function scrape(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { accept } }, (res) => {
      let bytes = 0;
      res.on('data', (chunk: Buffer) => (bytes += chunk.length));
      res.on('end', () => resolve(bytes));
      res.on('error', reject);
    }).on('error', reject);
  });
}

interface Measured extends ScrapeReady {
  readonly bytes: number;
  readonly figures: readonly ScrapeFigures[];
}

async function measure(job: ScrapeJob, rounds: number): Promise<Measured> {
  const child = freshProcess('metrics/scrape-process', job);
  const ready = await answerOf<ScrapeReady>(child);
  let bytes = 0;
  for (let warm = 0; warm < 3; warm++) bytes = await scrape(ready.url);
  const figures: ScrapeFigures[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = answerOf(child);
    child.send('begin');
    await begun;
    bytes = await scrape(ready.url);
    const answer = answerOf<ScrapeFigures>(child);
    child.send('end');
    figures.push(await answer);
  }
  child.kill();
  return { ...ready, bytes, figures };
}

function reportScrape(
  report: FigureReport,
  series: number,
  ours: Measured,
  theirs: Measured,
): void {
  report.setting =
    'Over HTTP, in OpenMetrics with three default labels, not compressed: histograms of two labels and 11 buckets.';
  const name = series >= 1000 ? `${series / 1000}k` : String(series);
  for (const [short, by, measured] of [
    ['ours', '@llm/metrics', ours],
    ['prom-client', 'prom-client', theirs],
  ] as const) {
    report.subject(by, packageVersion(by), 'defaults');
    const what = `${grouped(series)} series`;
    const beside = (kind: string) => (short === 'ours' ? {} : { beside: `${name}.${kind}-ours` });
    const of = { by, better: 'lower' } as const;
    const figures = measured.figures;
    report.add(`${name}.scrape-${short}`, {
      ...{ what: `${what}: a scrape`, unit: 'ms', clock: 'CPU', ...of, ...beside('scrape') },
      values: figures.map(({ cpuMillis }) => cpuMillis),
      wall: figures.map(({ wallMillis }) => wallMillis),
    });
    report.add(`${name}.block-${short}`, {
      what: `${what}: the longest time between two turns of the event loop`,
      ...{ unit: 'ms', clock: 'CPU', ...of, ...beside('block') },
      values: figures.map(({ blockCpuMillis }) => blockCpuMillis),
      wall: figures.map(({ blockMillis }) => blockMillis),
    });
    report.add(`${name}.memory-${short}`, {
      ...{ what: `${what}: memory of each`, unit: 'bytes', digits: 0, ...of, ...beside('memory') },
      values: [measured.bytesPerSeries],
    });
  }
}

await runSuiteCommand(
  {
    usage: 'npm run bench:metrics-scrape --',
    summary:
      'CPU and longest block of the event loop of a scrape over HTTP, in OpenMetrics with default labels, of\n' +
      'histograms of two labels and 11 buckets, beside prom-client; and the memory of a series.',
    options: {
      rounds: whole(5, { min: 1, max: 100, help: 'scrapes; medians are printed' }),
      series: whole(100_000, { min: 1000, max: 200_000, help: 'series of the largest run' }),
    },
  },
  async ({ rounds, series }, report) => {
    const rows: (string | number)[][] = [];
    const misses: string[] = [];
    for (const count of [...new Set([1000, 10_000, series])]) {
      const theirs = await measure({ subject: 'prom-client', series: count }, rounds);
      const ours = await measure({ subject: '@llm/metrics', series: count }, rounds);
      const cpu = (of: Measured): number => median(of.figures.map((one) => one.cpuMillis));
      for (const [name, of] of [
        ['prom-client', theirs],
        ['@llm/metrics', ours],
      ] as const) {
        rows.push([
          `${grouped(count)} series, ${name}`,
          cpu(of).toFixed(1),
          median(of.figures.map((one) => one.blockMillis)).toFixed(1),
          median(of.figures.map((one) => one.blockCpuMillis)).toFixed(1),
          Math.max(...of.figures.map((one) => one.blockCpuMillis)).toFixed(1),
          Math.round(of.bytesPerSeries),
          (of.bytes / 1e6).toFixed(1),
        ]);
      }
      reportScrape(report, count, ours, theirs);
      const ratio = cpu(theirs) / cpu(ours);
      rows.push([`  ratio of CPU`, ratio.toFixed(2), '', '', '', '', '']);
      if (ratio < 3)
        misses.push(`${grouped(count)} series: ${ratio.toFixed(2)} < 3 times less CPU`);
      const block = median(ours.figures.map((one) => one.blockCpuMillis));
      if (block > 15)
        misses.push(`${grouped(count)} series: a block of ${block.toFixed(1)} > 15 ms`);
    }
    console.log(`Node ${process.version}`);
    console.log(
      table([
        ['', 'CPU ms', 'block ms', 'block CPU ms', 'worst', 'bytes/series', 'MB of text'],
        ...rows,
      ]),
    );
    console.log(misses.length === 0 ? 'All goals hold.' : `Missed: ${misses.join('; ')}.`);
    return misses.length === 0;
  },
);
