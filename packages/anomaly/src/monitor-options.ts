import { type FeatureOptions, type FeatureSettings, resolveFeatures } from './feature.js';
import { checkForestOptions, type IsolationForestOptions } from './isolation-forest.js';
import type { MetricValues } from './metric-values.js';
import type { MonitorStore } from './monitor-store.js';

/** Gives the metrics of a model's latest window. `signal` aborts when nobody waits any longer. */
export type MetricsSource = (
  modelName: string,
  signal: AbortSignal,
) => MetricValues | PromiseLike<MetricValues>;

/** Options of a `ModelPerformanceMonitor`. */
export interface MonitorOptions {
  /** Where `collectPerformanceMetrics` and `detectAnomalies` take a model's metrics from. Default: none, and these reject. */
  readonly source?: MetricsSource | undefined;
  /** Metrics to watch, laid over `defaultFeatures`; `false` leaves one out. Default: the five default features. */
  readonly features?: Readonly<Record<string, FeatureOptions | false>> | undefined;
  /** Where `save` keeps what was learnt and `restore` finds it; `start` saves into it. Default: nowhere. */
  readonly store?: MonitorStore | undefined;
  /** Time between two saves while it is started, milliseconds. Default 300000. */
  readonly saveIntervalMillis?: number | undefined;
  /** Models that `start` watches besides the trained ones (they report `not_trained`). Default: none. */
  readonly models?: readonly string[] | undefined;
  /** Time between two rounds of `start`, milliseconds. Default 60000. */
  readonly intervalMillis?: number | undefined;
  /** How long `source` may take, milliseconds. Default 5000. */
  readonly sourceTimeoutMillis?: number | undefined;
  /** Windows from which on a model is judged, and called provisional, at least 30. Default 30. */
  readonly provisionalSamples?: number | undefined;
  /** Windows from which on it is called trained, and that `trainBaseline` needs, at least 50. Default 50. */
  readonly minSamples?: number | undefined;
  /** Newest windows of a history that are learnt from; older ones are dropped and counted. Default 10000. */
  readonly maxHistory?: number | undefined;
  /** Models kept; training one more is refused and counted. Default 10000. */
  readonly maxModels?: number | undefined;
  /** Windows over which a small change that lasts is averaged, beside the newest one and the newest two; 3 to 20. Default 3. */
  readonly sustainedWindows?: number | undefined;
  /** Budget of false alarms a week, for all models of this process together. Default 1. */
  readonly falseAlarmsPerWeek?: number | undefined;
  /** Whether windows that are observed are learnt from; else only `trainBaseline` teaches. Default true. */
  readonly learnsFromStream?: boolean | undefined;
  /** Time that a lasting change stays an anomaly before it is learnt as normal, milliseconds. Default 21600000 (6 h). */
  readonly learnAfterMillis?: number | undefined;
  /** Votes beside those of single metrics: the relation between metrics, default true, and the isolation forest, default false. */
  readonly votes?:
    { readonly relation?: boolean | undefined; readonly forest?: boolean | undefined } | undefined;
  /** Which z decides between `medium` and `high`: of mean and deviation, or of median and MAD. Default `'plain'`. */
  readonly zScores?: 'plain' | 'robust' | undefined;
  /** The original's rule instead of calibrated thresholds: the share of training windows that the forest calls abnormal (there 0.1). Default: off. */
  readonly contamination?: number | undefined;
  /** The forest of each model. `randomState` defaults to 0 here, so that training is reproducible. */
  readonly forest?: Omit<IsolationForestOptions, 'contamination'> | undefined;
  /** The clock of reports. Default `Date`. */
  readonly clock?: { now(): number } | undefined;
  /** Told what the source or `onReport` threw. Default: only counted in `stats()`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Checked options with their defaults. */
export interface MonitorSettings {
  readonly source: MetricsSource | undefined;
  readonly features: readonly FeatureSettings[];
  readonly store: MonitorStore | undefined;
  readonly saveIntervalMillis: number;
  readonly models: readonly string[];
  readonly intervalMillis: number;
  readonly sourceTimeoutMillis: number;
  readonly provisionalSamples: number;
  readonly minSamples: number;
  readonly maxHistory: number;
  readonly maxModels: number;
  readonly runLength: number;
  readonly falseAlarmsPerWeek: number;
  readonly learnsFromStream: boolean;
  readonly learnAfterMillis: number;
  readonly votes: { readonly relation: boolean; readonly forest: boolean };
  readonly zScores: 'plain' | 'robust';
  readonly contamination: number | undefined;
  readonly forest: IsolationForestOptions;
  readonly clock: { now(): number };
  readonly onError: (error: unknown) => void;
}

const LONGEST_TIMER_MILLIS = 2_147_483_647;

/** Checks every option; a `TypeError` or `RangeError` names the option and quotes the value. */
export function resolveOptions(options: MonitorOptions): MonitorSettings {
  const { source, models = [], clock = Date, onError, contamination } = options;
  const minSamples = integer('minSamples', options.minSamples ?? 50, 50, 1e6);
  const provisionalSamples = integer('provisionalSamples', options.provisionalSamples ?? Math.min(30, minSamples), 30, minSamples); // prettier-ignore
  const {
    falseAlarmsPerWeek = 1,
    zScores = 'plain',
    votes = {},
    learnsFromStream = true,
  } = options;
  if (!(falseAlarmsPerWeek >= 1e-6 && falseAlarmsPerWeek <= 1e6)) {
    throw new RangeError(
      `falseAlarmsPerWeek must be from 1e-6 to 1e6, got ${String(falseAlarmsPerWeek)}`,
    );
  }
  if (!['plain', 'robust'].includes(zScores)) {
    throw new RangeError(`zScores must be 'plain' or 'robust', got ${JSON.stringify(zScores)}`);
  }
  if (typeof (votes as unknown) !== 'object') {
    throw new TypeError(`votes must be an object, got ${typeof votes}`);
  }
  const { relation = true, forest: forestVotes = false } = votes;
  mustBeBoolean('votes.relation', relation);
  mustBeBoolean('votes.forest', forestVotes);
  mustBeBoolean('learnsFromStream', learnsFromStream);
  mustBeFunction('source', source);
  if (options.store !== undefined) {
    mustBeFunction('store.load', (options.store as { load?: unknown } | null)?.load ?? null);
    mustBeFunction('store.save', (options.store as { save?: unknown } | null)?.save ?? null);
  }
  mustBeFunction('onError', onError);
  mustBeFunction('clock.now', (clock as { now?: unknown } | null)?.now ?? null);
  if (!Array.isArray(models)) throw new TypeError(`models must be an array, got ${typeof models}`);
  models.forEach(checkModelName);
  // Only the forest's own rules are wanted here; the name of the option is the same.
  if (contamination !== undefined) checkForestOptions({ contamination });
  const forest = { randomState: 0, ...options.forest };
  checkForestOptions(forest);
  return {
    source,
    features: resolveFeatures(options.features),
    store: options.store,
    saveIntervalMillis: integer('saveIntervalMillis', options.saveIntervalMillis ?? 300_000, 1, LONGEST_TIMER_MILLIS), // prettier-ignore
    models: [...new Set(models)],
    intervalMillis: integer('intervalMillis', options.intervalMillis ?? 60_000, 1, LONGEST_TIMER_MILLIS), // prettier-ignore
    sourceTimeoutMillis: integer('sourceTimeoutMillis', options.sourceTimeoutMillis ?? 5000, 1, LONGEST_TIMER_MILLIS), // prettier-ignore
    provisionalSamples,
    minSamples,
    maxHistory: integer('maxHistory', options.maxHistory ?? 10_000, minSamples, 1e7),
    maxModels: integer('maxModels', options.maxModels ?? 10_000, 1, 1e7),
    runLength: integer('sustainedWindows', options.sustainedWindows ?? 3, 3, 20),
    falseAlarmsPerWeek,
    learnsFromStream,
    learnAfterMillis: integer('learnAfterMillis', options.learnAfterMillis ?? 21_600_000, 1, 1e12),
    votes: { relation, forest: forestVotes },
    zScores,
    contamination,
    forest,
    clock,
    onError: onError ?? (() => undefined),
  };
}

/** A model's name is 1 to 256 characters. */
export function checkModelName(modelName: unknown): void {
  if (typeof modelName !== 'string' || modelName === '' || modelName.length > 256) {
    const got = typeof modelName === 'string' ? `${modelName.length} characters` : typeof modelName;
    throw new TypeError(`a model name must be a string of 1 to 256 characters, got ${got}`);
  }
}

function integer(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `${name} must be an integer from ${least} to ${most}, got ${String(value)}`,
    );
  }
  return value;
}

function mustBeBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean')
    throw new TypeError(`${name} must be true or false, got ${String(value)}`);
}

function mustBeFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(
      `${name} must be a function, got ${value === null ? 'none' : typeof value}`,
    );
  }
}
