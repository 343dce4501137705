import { type FeatureOptions, type FeatureSettings, resolveFeatures } from './feature.js';
import { checkForestOptions, type IsolationForestOptions } from './isolation-forest.js';
import type { MetricValues } from './metric-values.js';

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
  /** Models that `start` watches besides the trained ones (they report `not_trained`). Default: none. */
  readonly models?: readonly string[] | undefined;
  /** Time between two rounds of `start`, milliseconds. Default 60000. */
  readonly intervalMillis?: number | undefined;
  /** How long `source` may take, milliseconds. Default 5000. */
  readonly sourceTimeoutMillis?: number | undefined;
  /** Windows needed to train, at least 50. Default 50. */
  readonly minSamples?: number | undefined;
  /** Newest windows of a history that are learnt from; older ones are dropped and counted. Default 10000. */
  readonly maxHistory?: number | undefined;
  /** Models kept; training one more is refused and counted. Default 10000. */
  readonly maxModels?: number | undefined;
  /** Windows that a change too small for `minJump` must last, 1 to 20. Default 3. */
  readonly sustainedWindows?: number | undefined;
  /** Intended probability that a normal window is flagged; below 1 / samples it rests on extrapolated tails. Default 0.001. */
  readonly falseAlarmProbability?: number | undefined;
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
  readonly models: readonly string[];
  readonly intervalMillis: number;
  readonly sourceTimeoutMillis: number;
  readonly minSamples: number;
  readonly maxHistory: number;
  readonly maxModels: number;
  readonly runLength: number;
  readonly falseAlarmProbability: number;
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
  const falseAlarmProbability = options.falseAlarmProbability ?? 0.001;
  if (!(falseAlarmProbability >= 1e-9 && falseAlarmProbability <= 0.5)) {
    throw new RangeError(
      `falseAlarmProbability must be from 1e-9 to 0.5, got ${String(falseAlarmProbability)}`,
    );
  }
  mustBeFunction('source', source);
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
    models: [...new Set(models)],
    intervalMillis: integer('intervalMillis', options.intervalMillis ?? 60_000, 1, LONGEST_TIMER_MILLIS), // prettier-ignore
    sourceTimeoutMillis: integer('sourceTimeoutMillis', options.sourceTimeoutMillis ?? 5000, 1, LONGEST_TIMER_MILLIS), // prettier-ignore
    minSamples,
    maxHistory: integer('maxHistory', options.maxHistory ?? 10_000, minSamples, 1e7),
    maxModels: integer('maxModels', options.maxModels ?? 10_000, 1, 1e7),
    runLength: integer('sustainedWindows', options.sustainedWindows ?? 3, 1, 20),
    falseAlarmProbability,
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

function mustBeFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(
      `${name} must be a function, got ${value === null ? 'none' : typeof value}`,
    );
  }
}
