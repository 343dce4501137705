/** False alarms a week and incidents found, in simulated weeks: `npm run bench:anomaly-weeks -- --help`. */
import { someOf, whole } from '../command-line.js';
import { median } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { type Ceiling, ceilings } from './ceiling.js';
import { incidentKinds } from './incidents.js';
import { poissonInterval, shareInterval } from './intervals.js';
import { type Outcome, type ProcessResult, simulateProcess } from './process-weeks.js';

/** Fixed before the first run. */
const FIRST_SEED = 20_260_105;
const SIZES = [3, 4, 6];
const TRAINING_WEEKS = 3;

/** Processes of each size, and the normal weeks that each lives through before a day with an incident for each model. */
const plans = {
  1: { processes: 900, normalWeeks: 1 },
  100: { processes: 12, normalWeeks: 2 },
  1000: { processes: 2, normalWeeks: 2 },
} as const;

const head = [
  'incident',
  ...SIZES.flatMap((size) => [`found at ${size} sd`, 'ceiling', 'named first']),
];

const options = {
  models: someOf(['1', '100', '1000'], 'models of a process'),
  processes: whole(0, { min: 0, max: 10_000, help: 'processes of each size (default: 900, 12 and 2)' }), // prettier-ignore
  weeks: whole(0, { min: 0, max: 1000, help: 'normal weeks of each (default: 1, 2 and 2)' }),
  seed: whole(FIRST_SEED, { min: 0, max: 2 ** 31, help: 'where chance begins' }),
  forest: someOf(['off', 'on'], 'isolation forest as a vote (default off)'),
  ceiling: whole(200, { min: 1, max: 10_000, help: 'services that the ceiling is of: what an observer would find who knows every constant' }), // prettier-ignore
  relation: someOf(['on', 'off'], 'relation between metrics as a vote (default on)'),
} as const;

function show(
  models: number,
  results: readonly ProcessResult[],
  weeks: number,
  ceiling: readonly Ceiling[],
): boolean {
  const sum = (of: (result: ProcessResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const findings = sum(({ falseFindings }) => falseFindings);
  const [low, high] = poissonInterval(findings).map((count) => count / weeks) as [number, number];
  const rate = findings / weeks;
  console.log(
    `${models} model${models > 1 ? 's' : ''}: ${findings} false findings in ${weeks} process-weeks = ` +
      `${rate.toFixed(3)} a week (95 %: ${low.toFixed(3)} to ${high.toFixed(3)}; budget 1); ` +
      `incidents of single models ${sum(({ falseIncidents }) => falseIncidents)}; ` +
      `provisional reports ${sum(({ provisionalReports }) => provisionalReports)} of ${sum(({ normalReports }) => normalReports)}; ` +
      `promised at most ${Math.max(...results.map(({ promised }) => promised))} a week; ` +
      `observe ${median(results.map(({ observeMicros }) => observeMicros)).toFixed(1)} µs`,
  );
  const causes = new Map<string, number>();
  for (const cause of results.flatMap((result) => result.causes)) {
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  const most = [...causes].sort((a, b) => b[1] - a[1]).slice(0, 8);
  if (most.length > 0) console.log(`  by ${most.map(([cause, count]) => `${cause} ${count}`).join(', ')}`); // prettier-ignore
  const outcomes = results.flatMap((result) => result.outcomes);
  console.log(
    table([head, ...[...incidentKinds, 'all'].map((kind) => row(kind, outcomes, ceiling))]),
    '\n',
  );
  const atFour = outcomes.filter(({ size, spoilt }) => size === 4 && !spoilt);
  const found = atFour.filter((outcome) => outcome.found);
  return (
    rate <= 1 &&
    found.length >= 0.95 * atFour.length &&
    found.filter(({ named }) => named).length >= 0.95 * found.length
  );
}

function row(kind: string, outcomes: readonly Outcome[], ceiling: readonly Ceiling[]): string[] {
  return [
    kind,
    ...SIZES.flatMap((size) => {
      const trials = outcomes.filter(
        (outcome) =>
          (kind === 'all' || outcome.kind === kind) && outcome.size === size && !outcome.spoilt,
      );
      const found = trials.filter((outcome) => outcome.found);
      const named = found.filter((outcome) => outcome.named).length;
      const [low, high] = shareInterval(found.length, trials.length);
      const percent = (share: number): string => (100 * share).toFixed(1);
      return [
        `${percent(found.length / trials.length)} % (${percent(low)}..${percent(high)}) of ${trials.length}`,
        `${percent(ceilingOf(kind, size, ceiling))} %`,
        found.length === 0 ? '-' : `${percent(named / found.length)} %`,
      ];
    }),
  ];
}

function ceilingOf(kind: string, size: number, ceiling: readonly Ceiling[]): number {
  const all = ceiling.filter((one) => (kind === 'all' || one.kind === kind) && one.size === size);
  const sum = (of: (one: Ceiling) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  return sum(({ found }) => found) / sum(({ trials }) => trials);
}

function reportWeeks(
  report: FigureReport,
  models: number,
  results: readonly ProcessResult[],
  weeks: number,
  ceiling: readonly Ceiling[],
): void {
  const by = '@llm/anomaly';
  const all = `${models}-models`;
  const findings = results.reduce((sum, { falseFindings }) => sum + falseFindings, 0);
  const [low, high] = poissonInterval(findings).map((count) => count / weeks) as [number, number];
  report.count(`${all}.weeks`, 'weeks of normal traffic', by, weeks);
  report.count(`${all}.false-findings`, 'false findings in them', by, findings);
  // The rate in the middle, the ends of what it is compatible with.
  report.add(`${all}.rate`, { what: 'false findings a week (95 %)', by, unit: '', digits: 2, values: [low, findings / weeks, high] }); // prettier-ignore
  const outcomes = results.flatMap((result) => result.outcomes).filter(({ spoilt }) => !spoilt);
  for (const kind of ['all', ...incidentKinds]) {
    for (const size of SIZES) {
      const trials = outcomes.filter((one) => (kind === 'all' || one.kind === kind) && one.size === size); // prettier-ignore
      if (trials.length === 0) continue;
      const found = trials.filter((one) => one.found);
      const [least, most] = shareInterval(found.length, trials.length);
      const share = { unit: '%', digits: 0, better: 'higher' } as const;
      const name = `${all}.${kind.replace(' ', '-')}-at-${size}`;
      const what = `${kind === 'all' ? 'incidents' : kind}, ${size} deviations: found`;
      report.add(name, { what: `${what} (95 %)`, by, ...share, values: [least, found.length / trials.length, most].map((one) => 100 * one) }); // prettier-ignore
      report.count(`${name}-found`, what, by, found.length);
      report.count(`${name}-of`, '  of', by, trials.length);
      report.add(`${name}-ceiling`, { what, by: 'an observer who knows all', ...share, values: [100 * ceilingOf(kind, size, ceiling)] }); // prettier-ignore
      if (kind !== 'all' || found.length === 0) continue;
      const named = found.filter((one) => one.named).length / found.length;
      report.add(`${name}-named`, { what: '  of these, the metric at fault is named first', by, ...share, values: [100 * named] }); // prettier-ignore
    }
  }
}

await runSuiteCommand(
  {
    usage: 'npm run bench:anomaly-weeks --',
    summary:
      'Simulates weeks of normal traffic and incidents (built-in generator, fixed seeds; takes no data).',
    options,
  },
  async (given, report) => {
    const votes = { forest: given.forest[0] === 'on', relation: given.relation[0] === 'on' };
    console.log(
      `built-in traffic, seeds from ${given.seed}; windows of 5 min, 8 metrics; ${TRAINING_WEEKS} weeks of training; ` +
        `votes: single metrics${votes.relation ? ', relation' : ''}${votes.forest ? ', forest' : ''}\n`,
    );
    let holds = true;
    report.setting = `Built-in traffic, seeds from ${given.seed}: windows of 5 minutes, 8 metrics, ${TRAINING_WEEKS} weeks of training, normal weeks, then a day with an incident for each model. A budget of one false finding a week. Fixed seeds: every run gives the same.`;
    report.subject(
      '@llm/anomaly',
      packageVersion('@llm/anomaly'),
      `votes: single metrics${votes.relation ? ', relation' : ''}${votes.forest ? ', forest' : ''}`,
    );
    report.subject(
      'an observer who knows all',
      '-',
      'knows every constant of the generator, is told which incident to look for and when',
    );
    for (const size of given.models) {
      const models = Number(size) as keyof typeof plans;
      const plan = plans[models];
      const processes = given.processes || plan.processes;
      const normalWeeks = given.weeks || plan.normalWeeks;
      const results: ProcessResult[] = [];
      for (let index = 0; index < processes; index += 1) {
        results.push(
          await simulateProcess({
            seed: given.seed + 100_000 * models + index,
            models,
            trainingWeeks: TRAINING_WEEKS,
            normalWeeks,
            sizes: SIZES,
            options: { votes },
          }),
        );
      }
      const ceiling = ceilings(models, SIZES, given.ceiling, given.seed);
      holds = show(models, results, processes * normalWeeks, ceiling) && holds;
      reportWeeks(report, models, results, processes * normalWeeks, ceiling);
    }
    return holds;
  },
);
