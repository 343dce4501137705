/** The isolation forest beside scikit-learn's, and beside those on npm: `npm run bench:anomaly-forest -- --help`. */
import { IsolationForest } from '@llm/anomaly';
import { IsolationForest as LibraryForest } from 'ml-isolation-forest';
import { runCommand, textOption, whole } from '../command-line.js';
import { median } from '../figures.js';
import { Random } from '../random.js';
import { table } from '../table.js';
import { Draw } from './gaussian.js';
import { builtInOutlierSets, readOutlierSets, rocAuc } from './outlier-sets.js';
import { runScikitLearn } from './scikit-learn.js';

const options = {
  data: textOption('', 'folder with outliers/*.csv (default: built-in sets)'),
  seeds: whole(25, { min: 2, max: 1000, help: 'seeds of each set' }),
  python: textOption('/usr/bin/python3', 'a Python with scikit-learn'),
} as const;

await runCommand(
  {
    usage: 'npm run bench:anomaly-forest --',
    summary: 'ROC-AUC and speed of the isolation forest, scikit-learn measured in the same run.',
    options,
  },
  async ({ data, seeds, python }) => {
    const sets = data === '' ? builtInOutlierSets() : readOutlierSets(data);
    console.log(data === '' ? 'built-in sets' : `sets in ${data}`);
    const draw = new Draw(new Random(5));
    const speedRows = Array.from({ length: 10_000 }, () => Array.from({ length: 5 }, () => draw.normal())); // prettier-ignore
    const scikit = await runScikitLearn(python, {
      seeds,
      speedRows,
      sets: sets.map(({ rows, isOutlier }) => ({
        rows: rows.map((row) => [...row]),
        labels: isOutlier.map(Number),
      })),
    });
    const differences: number[] = [];
    const standardErrors: number[] = [];
    const lines = sets.map(({ name, rows, isOutlier }, index) => {
      const ours = Array.from({ length: seeds }, (_, randomState) => {
        const forest = new IsolationForest({ maxSamples: 256, randomState }).fit(rows);
        return rocAuc(forest.scoreSamples(rows), isOutlier);
      });
      const theirs = scikit.auc[index] ?? [];
      const difference = mean(ours) - mean(theirs);
      const errors = Math.hypot(deviation(ours), deviation(theirs)) / Math.sqrt(seeds);
      differences.push(Math.abs(difference));
      standardErrors.push(Math.abs(difference / errors));
      return [name, rows.length, mean(ours).toFixed(4), mean(theirs).toFixed(4), difference.toFixed(4), (difference / errors).toFixed(2)]; // prettier-ignore
    });
    console.log(table([['set', 'rows', 'ours', `scikit-learn ${scikit.version}`, 'difference', 'in standard errors'], ...lines])); // prettier-ignore
    const within = standardErrors.every((size) => size <= 3);
    console.log(`mean absolute difference ${mean(differences).toFixed(4)} (at most .003), each within 3 standard errors: ${within ? 'yes' : 'no'}\n`); // prettier-ignore
    const fast = speed(speedRows, scikit);
    return mean(differences) <= 0.003 && within && fast;
  },
);

function speed(
  rows: number[][],
  scikit: { readonly fitMillis: number; readonly batchMillis: number; readonly rowMillis: number },
): boolean {
  const forest = new IsolationForest({ maxSamples: 256, randomState: 0 });
  const fit = medianMillis(15, () => forest.fit(rows));
  const batch = medianMillis(15, () => forest.scoreSamples(rows));
  const row = rowMillis((one) => forest.scoreSample(one), rows, 2000);
  // A forest on npm takes all rows for each tree: 256 of them, as many as each of ours draws.
  const library = new LibraryForest({ nEstimators: 100 });
  library.train(rows.slice(0, 256));
  const libraryRow = rowMillis((one) => library.predict([one]), rows, 100);
  const goals: [string, string, string, number, number][] = [
    ['fit 100 x 256 of 10000 rows', `${fit.toFixed(1)} ms`, `${scikit.fitMillis.toFixed(1)} ms`, scikit.fitMillis / fit, 5],
    ['score 10000 rows of 5', `${batch.toFixed(1)} ms`, `${scikit.batchMillis.toFixed(1)} ms`, scikit.batchMillis / batch, 10],
    ['score one row', `${(1000 * row).toFixed(2)} us`, `${(1000 * scikit.rowMillis).toFixed(0)} us`, scikit.rowMillis / row, 1000],
    ['score one row, ml-isolation-forest', `${(1000 * row).toFixed(2)} us`, `${(1000 * libraryRow).toFixed(1)} us`, libraryRow / row, 10],
  ]; // prettier-ignore
  console.log(
    table([
      ['work', 'ours', 'the other', 'times faster', 'goal'],
      ...goals.map(([work, ours, other, ratio, goal]) => [work, ours, other, ratio.toFixed(1), `>= ${goal}`]), // prettier-ignore
    ]),
  );
  return goals.every(([, , , ratio, goal]) => ratio >= goal) && row <= 0.002;
}

function medianMillis(times: number, work: () => unknown): number {
  const taken = Array.from({ length: times }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return median(taken);
}

/** Median over batches of the time of one call. */
function rowMillis(
  score: (row: number[]) => unknown,
  rows: readonly number[][],
  calls: number,
): number {
  // prettier-ignore
  return medianMillis(21, () => {
    for (let call = 0; call < calls; call += 1) score(rows[call % rows.length] as number[]);
  }) / calls; // prettier-ignore
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)); // prettier-ignore
}
