/** Labelled series of real services, beside plain rules: `npm run bench:anomaly-series -- --help`. */
import { textOption } from '../command-line.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { shareInterval } from './intervals.js';
import { builtInSeries, type LabelledSeries, readNab, readNezha } from './series-data.js';
import { beyondRange, maxZWithMahalanobis, monitorScores, rollingMad, type Scores } from './series-detectors.js'; // prettier-ignore
import { Service, type ServiceWindow, SharedTraffic } from './service-weeks.js';

const options = {
  data: textOption(
    '',
    'folder with timeseries/nezha and timeseries/nab (default: a built-in series)',
  ),
} as const;
const MINUTE = 60_000;

await runSuiteCommand(
  {
    usage: 'npm run bench:anomaly-series --',
    summary: 'Recall and alarms off fault on labelled series, beside plain rules at the same rate.',
    options,
  },
  ({ data }, report) => {
    report.subject('@llm/anomaly', packageVersion('@llm/anomaly'), 'defaults, no training');
    report.setting =
      data === ''
        ? 'A built-in series.'
        : 'A day of a shop with injected faults (Nezha), and 14 series of NAB, standard profile.';
    if (data === '') {
      console.log('built-in series');
      const service = new Service(21, new SharedTraffic(2));
      showDay(
        builtInSeries(() => ({ at: service.at, metrics: service.next() }), slower),
        report,
      );
      return Promise.resolve(true);
    }
    console.log(`series in ${data}`);
    readNezha(data).forEach((day) => showDay(day, report));
    showNab(readNab(data), report);
    return Promise.resolve(true);
  },
);

function slower(metrics: object): ServiceWindow {
  const window = metrics as ServiceWindow;
  return { ...window, inference_latency: 1.4 * window.inference_latency };
}

/** Recall of faults (any window alarmed) and the share of windows off fault that are; each rule at the monitor's own alarm rate. */
function showDay(series: LabelledSeries, report: FigureReport): void {
  const features = Object.fromEntries(Object.keys(series.windows[0]?.metrics ?? {}).map((name) => [name, {}])); // prettier-ignore
  const default_ = monitorScores(series, features);
  const forest = monitorScores(series, features, { votes: { forest: true } });
  const noRelation = monitorScores(series, features, { votes: { relation: false } });
  const at = series.windows.map((window) => window.at);
  const off = at.filter((time) => !isFault(series, time)).length;
  console.log(`\n${series.name}: ${at.length} windows, ${series.faults.length} faults, ${off} windows off fault`); // prettier-ignore
  const own = default_.flagged.filter((flag, index) => flag && !isFault(series, at[index] ?? 0)).length; // prettier-ignore
  const rates = [...new Set([own / off, 0.01, 0.05])];
  const rows: string[][] = [];
  report.count('day.faults', 'faults of the day', series.name, series.faults.length);
  const add = (
    name: string,
    flags: readonly boolean[],
    figure?: readonly [name: string, by: string],
  ): void => {
    const found = series.faults.filter(({ from, to }) => flags.some((flag, index) => flag && (at[index] ?? 0) >= from && (at[index] ?? 0) <= to + MINUTE)).length; // prettier-ignore
    const alarms = flags.filter((flag, index) => flag && !isFault(series, at[index] ?? 0)).length;
    const [low, high] = shareInterval(found, series.faults.length);
    if (figure !== undefined) {
      report.count(
        `day.found-${figure[0]}`,
        `faults found, ${name.trim()}`,
        figure[1],
        found,
        'higher',
      );
      report.add(`day.alarms-${figure[0]}`, {
        what: `alarms off fault, ${name.trim()}`,
        by: figure[1],
        unit: '%',
        digits: 2,
        values: [(100 * alarms) / off],
      });
    }
    rows.push([name, `${found} of ${series.faults.length} (${(100 * low).toFixed(0)}..${(100 * high).toFixed(0)} %)`, `${((100 * alarms) / off).toFixed(2)} %`]); // prettier-ignore
  };
  const ours = '@llm/anomaly';
  add('monitor as it is, no training', default_.flagged, ['as-is', ours]);
  add('monitor with the forest', forest.flagged);
  add('monitor without the relation', noRelation.flagged);
  for (const rate of rates) {
    const short = rate === own / off ? 'own' : String(100 * rate);
    const label = `at ${(100 * rate).toFixed(2)} % off fault`;
    add(`monitor's score ${label}`, flagsAt(series, default_.scores, rate), [`at-${short}`, ours]);
    add(`  with the forest ${label}`, flagsAt(series, forest.scores, rate));
    add(`rolling median/MAD ${label}`, flagsAt(series, rollingMad(series), rate), [
      `at-${short}-rolling-mad`,
      'rolling median/MAD',
    ]);
    add(`max |z| with Mahalanobis ${label}`, flagsAt(series, maxZWithMahalanobis(series), rate), [
      `at-${short}-max-z`,
      'max |z| with Mahalanobis',
    ]);
    const windowsOfFault = (at.length - off) / Math.max(1, series.faults.length);
    const chance = 1 - (1 - rate) ** windowsOfFault;
    report.add(`day.found-at-${short}-by-chance`, {
      what: `faults found by chance, ${label}`,
      by: 'chance',
      unit: '',
      digits: 1,
      values: [chance * series.faults.length],
    });
    rows.push([`chance ${label}`, `${(chance * series.faults.length).toFixed(1)} expected`, `${(100 * rate).toFixed(2)} %`]); // prettier-ignore
  }
  console.log(table([['rule', 'faults found', 'alarms off fault'], ...rows]));
}

/** Alarms of the windows off fault with the highest scores, as many as the rate allows, and of all that score more. */
function flagsAt(series: LabelledSeries, scores: Scores, rate: number): boolean[] {
  const off = series.windows.flatMap(({ at }, index) => isFault(series, at) ? [] : [scores[index] ?? 0]); // prettier-ignore
  const sorted = off.sort((a, b) => b - a);
  const threshold = sorted[Math.floor(rate * sorted.length)] ?? Infinity;
  return scores.map((score) => score > threshold && score > 0);
}

/** NAB's standard profile: sigmoidal reward for the first detection in a window, cost for those outside, one threshold for all. */
function showNab(all: readonly LabelledSeries[], report: FigureReport): void {
  const one = { value: {} };
  const interval = (series: LabelledSeries): number => (series.windows[1]?.at ?? 0) - (series.windows[0]?.at ?? 0); // prettier-ignore
  const run = (forest: boolean): { scores: Scores[]; opened: boolean[][] } => {
    const results = all.map((series) => monitorScores(series, one, { intervalMillis: Math.max(1, interval(series)), votes: { forest } })); // prettier-ignore
    return { scores: results.map(({ scores }) => scores), opened: results.map(({ opened }) => [...opened]) }; // prettier-ignore
  };
  const plain = run(false);
  const forest = run(true);
  const range = all.map(beyondRange);
  const rows = [
    ['monitor, thresholds as calibrated', nabScore(all, plain.opened).toFixed(1)],
    ['monitor with the forest, thresholds as calibrated', nabScore(all, forest.opened).toFixed(1)],
    ['"5 % beyond the range so far"', nabScore(all, range.map((scores) => scores.map((score) => score > 0.05))).toFixed(1)], // prettier-ignore
    ['monitor, one best threshold (NAB optimises it)', bestNab(all, plain.scores).toFixed(1)],
    ['monitor with the forest, one best threshold', bestNab(all, forest.scores).toFixed(1)],
    ['range rule, one best threshold', bestNab(all, range).toFixed(1)],
  ];
  const names = [
    'calibrated',
    'calibrated-forest',
    'range-rule',
    'best',
    'best-forest',
    'best-range-rule',
  ];
  rows.forEach(([what = '', score], index) => {
    const by = what.includes('range') ? '"5 % beyond the range so far"' : '@llm/anomaly';
    report.add(`nab.${names[index] ?? ''}`, {
      what: `NAB score: ${what}`,
      by,
      unit: '',
      digits: 1,
      better: 'higher',
      values: [Number(score)],
    });
  });
  console.log(
    `\nNAB, ${all.length} series, standard profile (0 says nothing, 100 finds all at once)`,
  );
  console.log(table([['rule', 'score'], ...rows]));
}

function bestNab(all: readonly LabelledSeries[], scores: readonly Scores[]): number {
  const values = scores.flat().filter((score) => score > 0).sort((a, b) => a - b); // prettier-ignore
  const cuts = Array.from({ length: 60 }, (_, cut) => values[Math.floor(values.length * (1 - 0.8 ** (cut + 1)))] ?? Infinity); // prettier-ignore
  return Math.max(0, ...cuts.map((cut) => nabScore(all, scores.map((one) => one.map((score) => score > cut))))); // prettier-ignore
}

function nabScore(all: readonly LabelledSeries[], flags: readonly (readonly boolean[])[]): number {
  const sigmoid = (x: number): number => (x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1);
  let score = 0;
  let windows = 0;
  all.forEach((series, index) => {
    const probation = Math.min(0.15 * series.windows.length, 750);
    const found = series.faults.map(() => false);
    windows += series.faults.length;
    series.windows.forEach(({ at }, row) => {
      if (!flags[index]?.[row] || row < probation) return;
      const inside = series.faults.findIndex(({ from, to }) => at >= from && at <= to);
      if (inside >= 0) {
        const { from, to } = series.faults[inside] ?? { from: 0, to: 1 };
        if (!found[inside]) score += sigmoid((at - to) / (to - from)) / sigmoid(-1);
        found[inside] = true;
        return;
      }
      const before = [...series.faults].reverse().find(({ to }) => to < at);
      const far = before === undefined ? 4 : (at - before.to) / (before.to - before.from);
      score += 0.11 * sigmoid(far);
    });
    score -= found.filter((one) => !one).length;
  });
  return (100 * (score + windows)) / (2 * Math.max(1, windows));
}

function isFault({ faults }: LabelledSeries, at: number): boolean {
  return faults.some(({ from, to }) => at >= from && at <= to + MINUTE);
}
