import type { BenchmarkRecord, SuiteRecord } from './benchmark-record.js';
import { shown, type Figure, type Spread } from './figure.js';

/** A suite that has no figures yet, and why. */
export interface LeftOut {
  readonly title: string;
  readonly why: string;
}

const preface = `# Benchmarks

Written by \`npm run bench\`; do not edit. The same figures are in [benchmarks.json](benchmarks.json), and every figure
that a README quotes is copied from there by \`npm run bench:figures\`.

- \`npm run bench -- --data <folder>\` runs all suites; without \`--data\` those that need it are left out.
- \`npm run bench -- --only logging\` runs those whose names begin so, and replaces only their part.
- \`npm run bench:check\` compares the ratios with those that are committed.

Every figure that is quoted comes from this run, of less than half an hour on two quiet cores, so rounds are few; each
suite is also a command of its own, named with it, whose options take more of them. Suites that need data keep the
figures and the date of their latest run where none is given.

Each figure is the median of so many values, in brackets the least and the most. "ours" says how many times better our
figure is than the peer's beside it, round by round: **below 1 the peer is better**. CPU time is that of all threads of
the measuring process. Peers run in the same suite on the same machine, in turns where that is possible. Rates and
times depend on the machine and on what else it did (see the load of each suite); ratios do so much less.
`;

/** The record as a page of tables. */
export function benchmarkPage(record: BenchmarkRecord, leftOut: readonly LeftOut[]): string {
  const parts = Object.entries(record.suites).map(([name, suite]) => section(name, suite));
  const none =
    leftOut.length === 0
      ? []
      : ['## Left out\n', ...leftOut.map(({ title, why }) => `- ${title}: ${why}`), ''];
  return [preface, contents(record), ...parts, ...none].join('\n');
}

function contents({ suites }: BenchmarkRecord): string {
  const rows = Object.entries(suites).map(
    ([name, { title, date, seconds, load, goals, figures }]) =>
      `| [${cell(title)}](#${name}) | ${String(Object.keys(figures).length)} | ${date.slice(0, 10)} | ${String(Math.round(seconds))} | ${load.join(' → ')} | ${goals} |`,
  );
  return [
    '| suite | figures | date | seconds | load | its goals |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function section(name: string, suite: SuiteRecord): string {
  const { cpu, cores, memoryGigabytes, system, node } = suite.machine;
  const figures = Object.entries(suite.figures);
  const hasWall = figures.some(([, { wall }]) => wall !== undefined);
  const hasTimes = figures.some(([, { times }]) => times !== undefined);
  const head = ['figure', 'what', 'by', 'value', ...(hasWall ? ['by the clock'] : []), ...(hasTimes ? ['ours'] : [])]; // prettier-ignore
  const rows = figures.map(([id, figure]) => [
    `\`${id}\``,
    cell(figure.what),
    cell(figure.by),
    withUnit(figure, figure),
    ...(hasWall ? [figure.wall === undefined ? '' : withUnit(figure.wall, { ...figure, clock: 'wall' })] : []), // prettier-ignore
    ...(hasTimes ? [figure.times === undefined ? '' : `${spreadText(figure.times)} times`] : []),
  ]);
  const subjects = Object.entries(suite.subjects).map(
    ([by, { version, settings }]) =>
      `- ${by} ${version}${settings === '' ? '' : `: ${cell(settings)}`}`,
  );
  return [
    `## ${name}\n`,
    `${cell(suite.title)}. ${cell(suite.setting)}\n`,
    `\`${suite.command}\`, ${suite.date.slice(0, 16).replace('T', ' ')} UTC, ${String(Math.round(suite.seconds))} s; ` +
      `${cpu}, ${String(cores)} cores, ${String(memoryGigabytes)} GB, ${system}, Node ${node}; ` +
      `load ${String(suite.load[0])} at the start, ${String(suite.load[1])} at the end; its goals were ${suite.goals}.\n`,
    ...(subjects.length === 0 ? [] : [...subjects, '']),
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}

function withUnit(spread: Spread, { unit, clock, digits }: Figure): string {
  const words = [spreadText(spread, digits), unit, clock === 'CPU' ? 'CPU' : ''];
  return words.filter((word) => word !== '').join(' ');
}

function spreadText({ median, low, high, of }: Spread, digits?: number): string {
  const middle = shown(median, digits);
  return of === 1 ? middle : `${middle} (${shown(low, digits)}..${shown(high, digits)})`;
}

function cell(text: string): string {
  return text.replace(/[|_*<]/g, (character) => `\\${character}`);
}
