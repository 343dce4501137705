import { IsolationForest } from '@llm/anomaly';
import { IsolationForest as PlainForest } from 'isolation-forest';
import { IsolationForest as MlForest } from 'ml-isolation-forest';
import { median } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { Random } from '../random.js';
import { table } from '../table.js';
import { Draw } from './gaussian.js';
import type { ScikitLearn, Taken } from './scikit-learn.js';

const ROWS = 10_000;
const COLUMNS = ['a', 'b', 'c', 'd', 'e'];
/** Most time that a single row may take, milliseconds. */
const ROW_MILLIS = 0.002;
/** Calls that one time of a single row is the mean of: few, so that most times see no other process. */
const CALLS = 200;
/** Such times in a round. */
const TIMES = 15;

/** One kind of work, done by us and by another one in turns. */
interface Contest {
  /** Of the figures: what is done. */
  readonly name: string;
  readonly peer: string;
  readonly work: string;
  readonly goal: number;
  readonly ours: () => Taken;
  readonly theirs: () => Taken | Promise<Taken>;
}

/** Measures fit, batch and single rows beside scikit-learn and the forests on npm, and prints it; true if all goals are met. */
export async function measureSpeed(
  scikit: ScikitLearn,
  rounds: number,
  report: FigureReport,
): Promise<boolean> {
  const draw = new Draw(new Random(5));
  const rows = Array.from({ length: ROWS }, () => COLUMNS.map(() => draw.normal()));
  await scikit.load(rows);
  await scikit.fit();
  const forest = new IsolationForest({ maxSamples: 256, randomState: 0 }).fit(rows);
  // The forests on npm grow each tree of all rows: they get 256, as many as each of our trees draws.
  const ml = new MlForest({ nEstimators: 100 });
  ml.train(rows.slice(0, 256));
  const named = rows.map((row) => Object.fromEntries(COLUMNS.map((name, at) => [name, row[at] as number]))); // prettier-ignore
  const plain = new PlainForest(100, 256);
  plain.fit(named.slice(0, 256));
  const row = oneOf(rows, (one) => forest.scoreSample(one));
  const contests: Contest[] = [
    { name: 'fit', peer: 'scikit-learn', work: `fit 100 x 256 of ${ROWS} rows, scikit-learn`, goal: 5, ours: taking(() => forest.fit(rows)), theirs: scikit.fit }, // prettier-ignore
    { name: 'batch', peer: 'scikit-learn', work: `score ${ROWS} rows of 5, scikit-learn`, goal: 10, ours: taking(() => forest.scoreSamples(rows)), theirs: scikit.batch }, // prettier-ignore
    {
      name: 'row',
      peer: 'scikit-learn',
      work: 'score one row, scikit-learn',
      goal: 1000,
      ours: row,
      theirs: scikit.row,
    },
    { name: 'row', peer: 'ml-isolation-forest', work: 'score one row, ml-isolation-forest', goal: 10, ours: row, theirs: oneOf(rows, (one) => ml.predict([one])) }, // prettier-ignore
    { name: 'row', peer: 'isolation-forest', work: 'score one row, isolation-forest', goal: 10, ours: row, theirs: oneOf(named, (one) => plain.predict([one])) }, // prettier-ignore
  ];
  const lines = [['work, and the other one', 'ours', 'ours, CPU', 'the other', 'its CPU', 'times faster', 'of CPU', 'goal']]; // prettier-ignore
  for (const name of ['ml-isolation-forest', 'isolation-forest']) {
    report.subject(name, packageVersion(name), '100 trees, each grown of the same 256 rows');
  }
  let met = true;
  let best = Infinity;
  for (const contest of contests) {
    const { work, goal, ours, theirs } = contest;
    const turns: (readonly [Taken, Taken])[] = [];
    for (let round = 0; round < rounds; round += 1) turns.push([ours(), await theirs()]);
    reportContest(report, contest, turns);
    const of = (side: 0 | 1, what: keyof Taken): number => median(turns.map((turn) => turn[side][what])); // prettier-ignore
    const ratio = (what: keyof Taken): number => median(turns.map(([one, other]) => other[what] / one[what])); // prettier-ignore
    lines.push([work, shown(of(0, 'wall')), shown(of(0, 'cpu')), shown(of(1, 'wall')), shown(of(1, 'cpu')), ratio('wall').toFixed(1), ratio('cpu').toFixed(1), `>= ${goal}`]); // prettier-ignore
    met &&= ratio('wall') >= goal;
    if (ours === row) best = Math.min(best, of(0, 'wall'));
  }
  console.log(table(lines));
  const isQuick = best <= ROW_MILLIS;
  console.log(`one row takes ${shown(best)} (at most ${shown(ROW_MILLIS)}): ${isQuick ? 'yes' : 'no'}`); // prettier-ignore
  return met && isQuick;
}

/** Median over short batches of the time of one call. */
function oneOf<Row>(rows: readonly Row[], score: (row: Row) => unknown): () => Taken {
  let next = 0;
  const batch = taking(() => {
    for (let call = 0; call < CALLS; call += 1) score(rows[next++ % rows.length] as Row);
  });
  return () => {
    const times = Array.from({ length: TIMES }, batch);
    return { wall: median(times.map(({ wall }) => wall)) / CALLS, cpu: median(times.map(({ cpu }) => cpu)) / CALLS }; // prettier-ignore
  };
}

function taking(work: () => unknown): () => Taken {
  return () => {
    const before = process.cpuUsage();
    const begin = performance.now();
    work();
    const wall = performance.now() - begin;
    const { user, system } = process.cpuUsage(before);
    return { wall, cpu: (user + system) / 1000 };
  };
}

function shown(millis: number): string {
  return millis < 1 ? `${(1000 * millis).toFixed(2)} us` : `${millis.toFixed(1)} ms`;
}

/** Both sides of one contest; each keeps its own turns of ours, so that the two were measured one right after the other. */
function reportContest(
  report: FigureReport,
  { name, peer, work }: Contest,
  turns: readonly (readonly [Taken, Taken])[],
): void {
  const what = work.replace(`, ${peer}`, '');
  const scale = name === 'row' ? 1000 : 1;
  const of = { unit: name === 'row' ? 'µs' : 'ms', clock: 'CPU', better: 'lower' } as const;
  const values = (side: 0 | 1, clock: keyof Taken): number[] =>
    turns.map((turn) => scale * turn[side][clock]);
  const own = `speed.${name}-beside-${peer}`;
  report.add(own, { what, by: '@llm/anomaly', ...of, values: values(0, 'cpu'), wall: values(0, 'wall') }); // prettier-ignore
  report.add(`speed.${name}-${peer}`, { what, by: peer, ...of, values: values(1, 'cpu'), wall: values(1, 'wall'), beside: own }); // prettier-ignore
}
