import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { requireProgram } from 'test-services';

/** Rows, and 1 for each that is an outlier. */
export interface LabelledRows {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Milliseconds of some work: on the clock, and of CPU in all threads. */
export interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

/** scikit-learn in a process of its own, asked question by question, so that both sides of a ratio are measured in turns. */
export interface ScikitLearn {
  readonly version: string;
  /** ROC-AUC of the isolation forest for each seed. */
  auc(set: LabelledRows, seeds: number): Promise<number[]>;
  /** Hands over the rows that the others work with. */
  load(rows: readonly (readonly number[])[]): Promise<void>;
  /** Fits 100 trees of 256 rows. */
  readonly fit: () => Promise<Taken>;
  /** Scores all rows. */
  readonly batch: () => Promise<Taken>;
  /** Scores a single row. */
  readonly row: () => Promise<Taken>;
  close(): void;
}

const PROGRAM = `
import json, sys, time, warnings
import numpy, sklearn
warnings.simplefilter("ignore")
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

def taken(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": (time.perf_counter() - wall) * 1000, "cpu": (time.process_time() - cpu) * 1000}

def auc(given):
    rows, labels = numpy.array(given["rows"]), numpy.array(given["labels"])
    make = lambda seed: IsolationForest(n_estimators=100, max_samples=256, random_state=seed)
    return [roc_auc_score(labels, -make(seed).fit(rows).score_samples(rows)) for seed in range(given["seeds"])]

forest = IsolationForest(n_estimators=100, max_samples=256, random_state=0)
rows = None
for line in sys.stdin:
    what, given = json.loads(line)
    if what == "version": answer = sklearn.__version__
    elif what == "auc": answer = auc(given)
    elif what == "load": rows, answer = numpy.array(given), None
    elif what == "fit": answer = taken(lambda: forest.fit(rows))
    elif what == "batch": answer = taken(lambda: forest.score_samples(rows))
    elif what == "row": answer = taken(lambda: forest.score_samples(rows[:1]))
    print(json.dumps(answer), flush=True)
`;

/** Starts scikit-learn in a Python that has it; as root on Debian its package is installed when there is none. */
export async function startScikitLearn(): Promise<ScikitLearn> {
  const python = await requireProgram({
    names: ['python3'],
    debianPackage: 'python3-sklearn',
    homebrewFormula: 'scikit-learn',
    works: (path) => spawnSync(path, ['-c', 'import sklearn']).status === 0,
  });
  const child = spawn(python, ['-c', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ask = conversation(child);
  return {
    version: (await ask('version')) as string,
    auc: (set, seeds) => ask('auc', { ...set, seeds }) as Promise<number[]>,
    load: (rows) => ask('load', rows) as Promise<void>,
    fit: () => ask('fit') as Promise<Taken>,
    batch: () => ask('batch') as Promise<Taken>,
    row: () => ask('row') as Promise<Taken>,
    close: () => child.stdin.end(),
  };
}

/** A line for each question, a line for each answer. */
function conversation(
  child: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream },
): (what: string, given?: unknown) => Promise<unknown> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on('error', () => undefined);
  return async (what, given = null) => {
    child.stdin.write(`${JSON.stringify([what, given])}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error(`scikit-learn ended while it was asked for "${what}"`);
    return JSON.parse(line.value) as unknown;
  };
}
