import { describeBaseline, type ModelBaseline } from './baseline.js';
import { Collector, SourceTimeoutError } from './collector.js';
import type { MetricValues } from './metric-values.js';
import { learnNormal } from './model-of-normal.js';
import { type MonitorDocument, readMonitor, writeMonitor } from './monitor-document.js';
import {
  checkModelName,
  type MonitorOptions,
  type MonitorSettings,
  resolveOptions,
} from './monitor-options.js';
import { type MonitorStats, startCounting } from './monitor-stats.js';
import { MonitoredModel } from './monitored-model.js';
import type { AnomalyReport } from './report.js';
import { Rounds } from './rounds.js';
import { readHistory, type TrainingResult } from './training.js';

/** Sources asked at a time within one round. */
const CONCURRENCY = 16;

/**
 * Watches many models, each against its own model of normal.
 *
 * The constructor throws a `TypeError` or `RangeError` that names the bad option. After that only
 * misuse throws (a model name that is none, a second `start`), and `collectPerformanceMetrics`
 * rejects with what the source threw; `detectAnomalies` and the rounds of `start` report instead.
 */
export class ModelPerformanceMonitor {
  readonly #settings: MonitorSettings;
  readonly #collector: Collector;
  readonly #models = new Map<string, MonitoredModel>();
  readonly #training = new Set<string>();
  readonly #counts = startCounting();
  #rounds: Rounds | undefined;

  constructor(options: MonitorOptions = {}) {
    this.#settings = resolveOptions(options);
    this.#collector = new Collector(this.#settings.source, this.#settings.sourceTimeoutMillis);
  }

  /** Asks the source for the model's latest window. Rejects with what it throws, or after `sourceTimeoutMillis`. */
  collectPerformanceMetrics(modelName: string): Promise<MetricValues> {
    return this.#collector.collect(modelName);
  }

  /**
   * Learns what is normal for a model from windows in the order of time, oldest first. Fewer than
   * `minSamples` usable ones change nothing and resolve to `insufficient_data`. Works in steps, between
   * which the event loop runs.
   */
  async trainBaseline(
    modelName: string,
    history: readonly MetricValues[],
  ): Promise<TrainingResult> {
    checkModelName(modelName);
    const { features, minSamples, maxHistory, maxModels, runLength } = this.#settings;
    const { rows, ...left } = readHistory(features, history, maxHistory);
    this.#counts.windowsDropped += left.dropped;
    this.#counts.windowsSkipped += left.skipped;
    const result = { modelName, samples: rows.length, required: minSamples, ...left };
    if (rows.length < minSamples) {
      this.#counts.trainingsInsufficient += 1;
      return { ...result, status: 'insufficient_data' };
    }
    const others = new Set([...this.#training, ...this.#models.keys()]);
    if (!others.has(modelName) && others.size >= maxModels) {
      this.#counts.trainingsRefused += 1;
      return { ...result, status: 'too_many_models' };
    }
    this.#training.add(modelName);
    try {
      const normal = await learnNormal(rows, this.#settings, this.#now());
      this.#models.set(modelName, new MonitoredModel(modelName, normal, features, runLength));
    } finally {
      this.#training.delete(modelName);
    }
    this.#counts.trainings += 1;
    return { ...result, status: 'trained' };
  }

  /** Collects the model's latest window and observes it. Never rejects: a source that fails is reported as `insufficient_data`. */
  async detectAnomalies(modelName: string): Promise<AnomalyReport> {
    try {
      const metrics = await this.#collector.collect(modelName);
      return this.observe(modelName, metrics);
    } catch (error) {
      const late = error instanceof SourceTimeoutError;
      this.#counts[late ? 'sourceTimeouts' : 'sourceFailures'] += 1;
      this.#tell(error);
      const model = this.#models.get(modelName);
      model?.interrupt();
      const status = model === undefined ? 'not_trained' : 'insufficient_data';
      const sourceError = late ? 'timed_out' : 'failed';
      return this.#count({ ...this.#unjudged(modelName, this.#now()), status, sourceError });
    }
  }

  /** Judges a window of a model and remembers it as the newest, so that a lasting change is seen. `at` in milliseconds since the epoch; default now. */
  observe(modelName: string, metrics: MetricValues, at?: number): AnomalyReport {
    const model = this.#models.get(modelName);
    const timestamp = this.#now(at);
    return this.#count(model?.observe(metrics, timestamp) ?? this.#unjudged(modelName, timestamp));
  }

  /** What `observe` would report, without remembering or counting anything. */
  score(modelName: string, metrics: MetricValues, at?: number): AnomalyReport {
    const timestamp = this.#now(at);
    const model = this.#models.get(modelName);
    return model?.score(metrics, timestamp) ?? this.#unjudged(modelName, timestamp);
  }

  /** What is normal for a model, or undefined before it is trained. */
  baseline(modelName: string): ModelBaseline | undefined {
    const model = this.#models.get(modelName);
    return model && describeBaseline(modelName, model.normal);
  }

  /** Names of the models with a baseline. */
  models(): string[] {
    return [...this.#models.keys()];
  }

  /** Gives up a model and its baseline; true if there was one. */
  forget(modelName: string): boolean {
    return this.#models.delete(modelName);
  }

  /**
   * Detects anomalies of every trained model and of `options.models`, once each `intervalMillis`.
   * What `onReport` throws is counted and told to `onError`. Throws if it is running already.
   */
  start(onReport: (report: AnomalyReport) => unknown): void {
    if (this.#rounds?.isStarted) throw new Error('this monitor is started already');
    if (typeof onReport !== 'function') {
      throw new TypeError(`onReport must be a function, got ${typeof onReport}`);
    }
    this.#rounds = new Rounds(
      this.#settings.intervalMillis,
      () => this.#round(onReport),
      () => (this.#counts.roundsSkipped += 1),
    );
    this.#rounds.start();
  }

  /** Ends the rounds; resolves when the one in progress is through. Does nothing if none run. */
  async stop(): Promise<void> {
    await this.#rounds?.stop();
  }

  /** What was done and what was lost. */
  stats(): MonitorStats {
    return {
      ...this.#counts,
      models: this.#models.size,
      reports: { ...this.#counts.reports },
    };
  }

  /** The baselines and newest windows of all models, JSON-able. Options and counts are not part of it. */
  toJSON(): MonitorDocument {
    return writeMonitor(this.#settings, this.#models.values());
  }

  /**
   * A monitor that goes on where the saved one was. `options` are given anew and must watch the same
   * metrics. Throws a `TypeError` or `RangeError` that names what is wrong.
   */
  static fromJSON(document: unknown, options: MonitorOptions = {}): ModelPerformanceMonitor {
    const monitor = new ModelPerformanceMonitor(options);
    for (const model of readMonitor(document, monitor.#settings)) {
      monitor.#models.set(model.name, model);
    }
    return monitor;
  }

  async #round(onReport: (report: AnomalyReport) => unknown): Promise<void> {
    const rounds = this.#rounds;
    const names = new Set([...this.#settings.models, ...this.#models.keys()]).values();
    const work = async (): Promise<void> => {
      for (const name of names) {
        if (!rounds?.isStarted) return;
        const report = await this.detectAnomalies(name);
        try {
          await onReport(report);
        } catch (error) {
          this.#counts.reportFailures += 1;
          this.#tell(error);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  #unjudged(modelName: string, timestamp: string): AnomalyReport {
    return {
      modelName,
      status: 'not_trained',
      anomalyScore: null,
      threshold: 1,
      anomalies: [],
      timestamp,
      metrics: {},
      unusable: [],
      votes: null,
      sourceError: null,
    };
  }

  #count(report: AnomalyReport): AnomalyReport {
    this.#counts.reports[report.status] += 1;
    return report;
  }

  #now(at = this.#settings.clock.now()): string {
    const date = new Date(at);
    return (Number.isNaN(date.getTime()) ? new Date() : date).toISOString();
  }

  #tell(error: unknown): void {
    try {
      this.#settings.onError(error);
    } catch {
      // Whoever is told about errors may not cause one.
    }
  }
}
