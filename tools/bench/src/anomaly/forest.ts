/** The isolation forest beside scikit-learn's, and beside those on npm: `npm run bench:anomaly-forest -- --help`. */
import { IsolationForest } from '@llm/anomaly';
import { textOption, whole } from '../command-line.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { measureSpeed } from './forest-speed.js';
import { builtInOutlierSets, readOutlierSets, rocAuc, type OutlierSet } from './outlier-sets.js';
import { startScikitLearn, type ScikitLearn } from './scikit-learn.js';

const options = {
  data: textOption('', 'folder with outliers/*.csv (default: built-in sets)'),
  seeds: whole(25, { min: 2, max: 1000, help: 'seeds of each set' }),
  rounds: whole(15, { min: 3, max: 1000, help: 'turns that speed is measured in' }),
} as const;

await runSuiteCommand(
  {
    usage: 'npm run bench:anomaly-forest --',
    summary: 'ROC-AUC and speed of the isolation forest, scikit-learn measured in the same run.',
    options,
  },
  async ({ data, seeds, rounds }, report) => {
    const scikit = await startScikitLearn();
    try {
      const trees = '100 trees of 256 rows';
      report.setting = `Speed on 10 000 drawn rows of 5 columns; accuracy as ROC-AUC, mean of ${seeds} seeds, on ${data === '' ? 'built-in sets' : 'outlier sets of ODDS'}.`;
      report.subject('@llm/anomaly', packageVersion('@llm/anomaly'), trees);
      report.subject('scikit-learn', scikit.version, `${trees}, one process, default n_jobs`);
      // First what others on the machine can disturb.
      const fast = await measureSpeed(scikit, rounds, report);
      console.log(data === '' ? '\nbuilt-in sets' : `\nsets in ${data}`);
      const sets = data === '' ? builtInOutlierSets() : readOutlierSets(data);
      return (await compareAccuracy(scikit, sets, seeds, report)) && fast;
    } finally {
      scikit.close();
    }
  },
);

async function compareAccuracy(
  scikit: ScikitLearn,
  sets: readonly OutlierSet[],
  seeds: number,
  report: FigureReport,
): Promise<boolean> {
  const lines: (string | number)[][] = [['set', 'rows', 'ours', `scikit-learn ${scikit.version}`, 'difference', 'in standard errors']]; // prettier-ignore
  const differences: number[] = [];
  const inErrors: number[] = [];
  for (const { name, rows, isOutlier } of sets) {
    const labelled = { rows: rows.map((row) => [...row]), labels: isOutlier.map(Number) };
    const theirs = await scikit.auc(labelled, seeds);
    const ours = Array.from({ length: seeds }, (_, randomState) => {
      const forest = new IsolationForest({ maxSamples: 256, randomState }).fit(rows);
      return rocAuc(forest.scoreSamples(rows), isOutlier);
    });
    const difference = mean(ours) - mean(theirs);
    const error = Math.hypot(deviation(ours), deviation(theirs)) / Math.sqrt(seeds);
    const auc = { what: `ROC-AUC on ${name}`, unit: '', digits: 3, better: 'higher' } as const;
    report.add(`auc.${name}`, { ...auc, by: '@llm/anomaly', values: ours });
    report.add(`auc.${name}-scikit-learn`, { ...auc, by: 'scikit-learn', values: theirs });
    differences.push(Math.abs(difference));
    inErrors.push(Math.abs(difference / error));
    lines.push([name, rows.length, mean(ours).toFixed(4), mean(theirs).toFixed(4), difference.toFixed(4), (difference / error).toFixed(2)]); // prettier-ignore
  }
  report.add('auc.difference', { what: 'mean absolute difference of ROC-AUC to scikit-learn', by: '@llm/anomaly', unit: '', digits: 4, better: 'lower', values: [mean(differences)] }); // prettier-ignore
  const within = inErrors.every((size) => size <= 3);
  console.log(table(lines));
  console.log(`mean absolute difference ${mean(differences).toFixed(4)} (at most .003), each within 3 standard errors: ${within ? 'yes' : 'no'}`); // prettier-ignore
  return mean(differences) <= 0.003 && within;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)); // prettier-ignore
}
