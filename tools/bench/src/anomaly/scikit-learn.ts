import { spawn } from 'node:child_process';

/** What the program below answers a job with. */
export interface ScikitAnswer {
  readonly version: string;
  /** ROC-AUC by set and seed. */
  readonly auc: readonly (readonly number[])[];
  readonly fitMillis: number;
  readonly batchMillis: number;
  readonly rowMillis: number;
}

/** Rows and labels of each set, and rows to measure speed with. */
export interface ScikitJob {
  readonly sets: readonly { readonly rows: readonly (readonly number[])[]; readonly labels: readonly number[] }[]; // prettier-ignore
  readonly seeds: number;
  readonly speedRows: readonly (readonly number[])[];
}

const PROGRAM = `
import json, sys, time, warnings
import numpy, sklearn
warnings.simplefilter("ignore")
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

def median_millis(work, times):
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return sorted(taken)[len(taken) // 2]

job = json.load(sys.stdin)
auc = []
for one in job["sets"]:
    rows, labels = numpy.array(one["rows"]), numpy.array(one["labels"])
    auc.append([
        roc_auc_score(labels, -IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(rows).score_samples(rows))
        for seed in range(job["seeds"])
    ])
rows = numpy.array(job["speedRows"])
forest = IsolationForest(n_estimators=100, max_samples=256, random_state=0)
print(json.dumps({
    "version": sklearn.__version__,
    "auc": auc,
    "fitMillis": median_millis(lambda: forest.fit(rows), 15),
    "batchMillis": median_millis(lambda: forest.score_samples(rows), 15),
    "rowMillis": median_millis(lambda: forest.score_samples(rows[:1]), 50),
}))
`;

/** Runs scikit-learn in a Python that has it: Debian's package is python3-sklearn. */
export function runScikitLearn(python: string, job: ScikitJob): Promise<ScikitAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    let answer = '';
    child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(answer) as ScikitAnswer);
      else reject(new Error(`${python} ended with ${String(code)}; scikit-learn is Debian's package python3-sklearn`)); // prettier-ignore
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(job));
  });
}
