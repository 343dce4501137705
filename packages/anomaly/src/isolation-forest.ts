import { type CompiledTrees, TreeRecorder } from './compiled-trees.js';
import { type ForestDocument, readForest, writeForest } from './forest-document.js';
import { averagePathLength, depthLimit } from './path-length.js';
import { ascending, quantile } from './quantile.js';
import { checkRow, checkRows, type Rows } from './rows.js';
import { anySeed, indexSampler, seededRandom } from './seeded-random.js';
import { buildTree } from './tree-builder.js';

/** Options of an `IsolationForest`, in scikit-learn's words. */
export interface IsolationForestOptions {
  /** Number of trees. Default 100. */
  readonly nEstimators?: number | undefined;
  /** Rows drawn for each tree: a count, a share below 1, or `'auto'` (at most 256). Default `'auto'`. */
  readonly maxSamples?: number | 'auto' | undefined;
  /** Share of outliers in the training rows, above 0 and up to 0.5, or `'auto'` (the offset of the paper, -0.5). Default `'auto'`. */
  readonly contamination?: number | 'auto' | undefined;
  /** Seed, an integer from 0 to 2^32 - 1; the same seed and rows give the same forest, bit by bit. Default: a new one each time. */
  readonly randomState?: number | undefined;
}

/** What `fit` learnt; also what is saved. */
export interface FittedForest {
  readonly trees: CompiledTrees;
  /** Number of columns. */
  readonly nFeatures: number;
  /** Rows really drawn for each tree. */
  readonly maxSamples: number;
  readonly offset: number;
  readonly seed: number;
}

/** Options with their defaults. */
export type ForestSettings = Required<{
  [Key in keyof Omit<IsolationForestOptions, 'randomState'>]: Exclude<
    IsolationForestOptions[Key],
    undefined
  >;
}> & { readonly randomState: number | undefined };

/**
 * An isolation forest with the semantics of scikit-learn's `IsolationForest`: scores are in (-1, 0),
 * the lower the more abnormal. ml-isolation-forest builds the trees; sampling, seeding, compiling,
 * scoring and saving are done here.
 *
 * Options and rows are checked: a `RangeError` or `TypeError` names the option, or the row and column.
 */
export class IsolationForest {
  readonly #settings: ForestSettings;
  #fitted: FittedForest | undefined;
  /** Average path length that scores are normalised by; 0 for a forest of single rows. */
  #normaliser = 0;

  constructor(options: IsolationForestOptions = {}) {
    this.#settings = checkForestOptions(options);
  }

  /** Learns from two or more rows of finite numbers and returns this forest. A second call learns anew. */
  fit(rows: Rows): this {
    const nFeatures = checkRows(rows);
    // scikit-learn takes a single row, and then calls every row as normal as any other.
    if (rows.length < 2) throw new RangeError('rows must hold at least two rows to fit, got 1');
    const { nEstimators, contamination } = this.#settings;
    const maxSamples = samplesPerTree(this.#settings.maxSamples, rows.length);
    const seed = this.#settings.randomState ?? anySeed();
    const random = seededRandom(seed);
    const draw = indexSampler(rows.length);
    const recorder = new TreeRecorder();
    for (let tree = 0; tree < nEstimators; tree += 1) {
      const sample = draw(maxSamples, random).map((index) => rows[index] as ArrayLike<number>);
      buildTree(sample, depthLimit(maxSamples), random, recorder);
    }
    const trees = recorder.compile();
    this.#take({ trees, nFeatures, maxSamples, offset: -0.5, seed });
    if (contamination !== 'auto') {
      const offset = quantile(ascending(this.scoreSamples(rows)), contamination);
      this.#take({ ...this.#learnt(), offset });
    }
    return this;
  }

  /** Negative anomaly score of each row: -2^(-E[path length] / c(max samples)). */
  scoreSamples(rows: Rows): Float64Array {
    const { nFeatures, trees } = this.#learnt();
    if (rows.length > 0) checkRows(rows, nFeatures);
    const scores = new Float64Array(rows.length);
    for (let row = 0; row < rows.length; row += 1) {
      scores[row] = this.#score(trees, rows[row] as ArrayLike<number>);
    }
    return scores;
  }

  /** `scoreSamples` of a single row. */
  scoreSample(row: ArrayLike<number>): number {
    const { nFeatures, trees } = this.#learnt();
    checkRow(row, nFeatures);
    return this.#score(trees, row);
  }

  /** `scoreSamples` minus `offset`: below 0 is an outlier. */
  decisionFunction(rows: Rows): Float64Array {
    const { offset } = this.#learnt();
    return this.scoreSamples(rows).map((score) => score - offset);
  }

  /** -1 for an outlier, 1 for an inlier. */
  predict(rows: Rows): Int8Array {
    return Int8Array.from(this.decisionFunction(rows), (decision) => (decision < 0 ? -1 : 1));
  }

  /** `fit` and `predict` of the same rows. */
  fitPredict(rows: Rows): Int8Array {
    return this.fit(rows).predict(rows);
  }

  /** Score below which a row is an outlier (scikit-learn's `offset_`). */
  get offset(): number {
    return this.#learnt().offset;
  }

  /** Number of columns learnt (scikit-learn's `n_features_in_`). */
  get nFeatures(): number {
    return this.#learnt().nFeatures;
  }

  /** Rows really drawn for each tree (scikit-learn's `max_samples_`). */
  get maxSamples(): number {
    return this.#learnt().maxSamples;
  }

  /** The fitted forest as a JSON-able document with a checksum. */
  toJSON(): ForestDocument {
    return writeForest(this.#settings, this.#learnt());
  }

  /** A forest that scores bit for bit like the one saved. Throws a `TypeError` or `RangeError` that names what is wrong. */
  static fromJSON(document: unknown): IsolationForest {
    const { settings, fitted } = readForest(document);
    const forest = new IsolationForest(settings);
    forest.#take(fitted);
    return forest;
  }

  #take(fitted: FittedForest): void {
    this.#fitted = fitted;
    this.#normaliser = averagePathLength(fitted.maxSamples);
  }

  #score(trees: CompiledTrees, row: ArrayLike<number>): number {
    const normaliser = this.#normaliser;
    return normaliser === 0 ? -0.5 : -(2 ** (-trees.meanPathLength(row) / normaliser));
  }

  #learnt(): FittedForest {
    if (this.#fitted === undefined) throw new Error('this IsolationForest is not fitted yet');
    return this.#fitted;
  }
}

function samplesPerTree(maxSamples: number | 'auto', rows: number): number {
  if (maxSamples === 'auto') return Math.min(256, rows);
  if (maxSamples < 1) return Math.max(1, Math.floor(maxSamples * rows));
  return Math.min(maxSamples, rows);
}

/** Checks forest options and fills in the defaults. */
export function checkForestOptions(options: IsolationForestOptions): ForestSettings {
  const { nEstimators = 100, maxSamples = 'auto', contamination = 'auto', randomState } = options;
  if (!Number.isInteger(nEstimators) || nEstimators < 1 || nEstimators > 10_000) {
    throw new RangeError(
      `nEstimators must be an integer from 1 to 10000, got ${quote(nEstimators)}`,
    );
  }
  const count = Number.isInteger(maxSamples) && Number(maxSamples) >= 1;
  if (maxSamples !== 'auto' && !count && !(maxSamples > 0 && maxSamples < 1)) {
    throw new RangeError(
      `maxSamples must be 'auto', a count of rows or a share below 1, got ${quote(maxSamples)}`,
    );
  }
  if (contamination !== 'auto' && !(contamination > 0 && contamination <= 0.5)) {
    throw new RangeError(
      `contamination must be 'auto' or above 0 and up to 0.5, got ${quote(contamination)}`,
    );
  }
  if (
    randomState !== undefined &&
    !(Number.isInteger(randomState) && randomState >>> 0 === randomState)
  ) {
    throw new RangeError(
      `randomState must be an integer from 0 to 4294967295, got ${quote(randomState)}`,
    );
  }
  return { nEstimators, maxSamples, contamination, randomState };
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
