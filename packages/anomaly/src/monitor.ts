import { describeBaseline, type ModelBaseline } from './baseline.js';
import { Collector, SourceTimeoutError } from './collector.js';
import { blankReport, timestampOf } from './draft-report.js';
import { Fleet } from './fleet.js';
import type { MetricValues } from './metric-values.js';
import {
  type MonitorDocument,
  readMonitor,
  writeMonitor,
  writeMonitorInSteps,
} from './monitor-document.js';
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
import { learnHistory } from './learn-history.js';
import { readHistory, type TimedWindow, type TrainingResult } from './training.js';

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
  readonly #fleet: Fleet;
  readonly #models = new Map<string, MonitoredModel>();
  readonly #training = new Set<string>();
  readonly #counts = startCounting();
  #rounds: Rounds | undefined;
  #saving: Promise<void> | undefined;
  #savedAt = performance.now();

  constructor(options: MonitorOptions = {}) {
    this.#settings = resolveOptions(options);
    this.#fleet = new Fleet(this.#settings);
    this.#collector = new Collector(this.#settings.source, this.#settings.sourceTimeoutMillis);
  }

  /** Asks the source for the model's latest window. Rejects with what it throws, or after `sourceTimeoutMillis`. */
  collectPerformanceMetrics(modelName: string): Promise<MetricValues> {
    return this.#collector.collect(modelName);
  }

  /**
   * Learns what is normal for a model from windows in the order of time, oldest first; with times (`{ at, metrics }`)
   * also its season. Fewer than `minSamples` usable ones change nothing and resolve to `insufficient_data`. What was
   * learnt from the stream before is replaced. Works in steps, between which the event loop runs.
   */
  async trainBaseline(
    modelName: string,
    history: readonly (MetricValues | TimedWindow)[],
  ): Promise<TrainingResult> {
    checkModelName(modelName);
    const { features, minSamples, maxHistory } = this.#settings;
    const { rows, times, ...left } = readHistory(features, history, maxHistory);
    this.#counts.windowsDropped += left.dropped;
    this.#counts.windowsSkipped += left.skipped;
    const result = { modelName, samples: rows.length, required: minSamples, ...left };
    if (rows.length < minSamples) {
      this.#counts.trainingsInsufficient += 1;
      return { ...result, status: 'insufficient_data' };
    }
    if (!this.#hasRoomFor(modelName)) {
      this.#counts.trainingsRefused += 1;
      return { ...result, status: 'too_many_models' };
    }
    this.#training.add(modelName);
    try {
      const model = await learnHistory(modelName, this.#fleet, rows, times);
      this.#drop(modelName);
      this.#add(model);
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
      const unjudged = this.#unjudged(modelName, this.#settings.clock.now());
      const status = model?.learner.normal.isFitted ? 'insufficient_data' : 'not_trained';
      return this.#count({ ...unjudged, status, sourceError: late ? 'timed_out' : 'failed' });
    }
  }

  /**
   * Judges a window of a model, remembers it as the newest, and learns from it if it is normal: a model that was
   * never seen before begins to be learnt. `at` in milliseconds since the epoch; default now. Windows of one model
   * come in the order of time; one that does not is named so by its report's status, and is not looked at.
   */
  observe(modelName: string, metrics: MetricValues, at?: number): AnomalyReport {
    const time = at ?? this.#settings.clock.now();
    const model = this.#models.get(modelName) ?? this.#begin(modelName);
    if (model === undefined) return this.#count(this.#unjudged(modelName, time));
    return this.#count(model.observe(metrics, time, at !== undefined));
  }

  /** What `observe` would report, without remembering, learning or counting anything. */
  score(modelName: string, metrics: MetricValues, at?: number): AnomalyReport {
    const time = at ?? this.#settings.clock.now();
    const model = this.#models.get(modelName);
    return model?.score(metrics, time, at !== undefined) ?? this.#unjudged(modelName, time);
  }

  /** What is normal for a model now (or at a time, milliseconds since the epoch), or undefined before it is learnt. */
  baseline(modelName: string, at = this.#settings.clock.now()): ModelBaseline | undefined {
    const model = this.#models.get(modelName);
    if (model === undefined || !model.learner.normal.isFitted) return undefined;
    return describeBaseline(modelName, model.learner, model.training(), at);
  }

  /** Names of the models with a baseline. */
  models(): string[] {
    return [...this.#models]
      .filter(([, { learner }]) => learner.normal.isFitted)
      .map(([name]) => name);
  }

  /** Gives up a model and all that was learnt of it; true if there was something. */
  forget(modelName: string): boolean {
    return this.#drop(modelName);
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
    const models = this.models().length;
    return {
      ...this.#counts,
      models,
      modelsLearning: this.#models.size - models,
      findings: this.#fleet.findings.count,
      shiftsLearnt: this.#fleet.shiftsLearnt,
      clockJumps: [...this.#models.values()].reduce((sum, model) => sum + model.clockJumps, 0),
      reports: { ...this.#counts.reports },
    };
  }

  /** All that was learnt of all models, JSON-able. Options and counts are not part of it. */
  toJSON(): MonitorDocument {
    return writeMonitor(this.#fleet, this.#models.values());
  }

  /**
   * A monitor that goes on where the saved one was. `options` are given anew and must watch the same
   * metrics. Throws a `TypeError` or `RangeError` that names what is wrong.
   */
  static fromJSON(document: unknown, options: MonitorOptions = {}): ModelPerformanceMonitor {
    const monitor = new ModelPerformanceMonitor(options);
    for (const model of readMonitor(document, monitor.#fleet)) monitor.#add(model);
    return monitor;
  }

  /** A monitor that goes on where the one in `options.store` was, or a new one if there is none. Rejects if the store fails. */
  static async restore(options: MonitorOptions): Promise<ModelPerformanceMonitor> {
    const { store } = resolveOptions(options);
    if (store === undefined) throw new TypeError('options.store must be given to restore from it');
    const document = await store.load();
    return document === undefined
      ? new ModelPerformanceMonitor(options)
      : ModelPerformanceMonitor.fromJSON(document, options);
  }

  /** Saves everything to `options.store`. Rejects if there is none, or with what it throws. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #save(): Promise<void> {
    const { store } = this.#settings;
    if (store === undefined) throw new TypeError('options.store must be given to save to it');
    try {
      await store.save(await writeMonitorInSteps(this.#fleet, this.#models));
      this.#counts.saves += 1;
    } catch (error) {
      this.#counts.saveFailures += 1;
      throw error;
    }
  }

  async #saveWhenDue(): Promise<void> {
    const { store, saveIntervalMillis } = this.#settings;
    const now = performance.now();
    if (store === undefined || now - this.#savedAt < saveIntervalMillis) return;
    this.#savedAt = now;
    try {
      await this.save();
    } catch (error) {
      this.#tell(error);
    }
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
    await this.#saveWhenDue();
  }

  #begin(modelName: string): MonitoredModel | undefined {
    checkModelName(modelName);
    if (!this.#settings.learnsFromStream) return undefined;
    if (!this.#hasRoomFor(modelName)) {
      this.#counts.windowsRefused += 1;
      return undefined;
    }
    const model = new MonitoredModel(modelName, this.#fleet);
    this.#add(model);
    return model;
  }

  #hasRoomFor(modelName: string): boolean {
    const taken = new Set([...this.#training, ...this.#models.keys()]);
    return taken.has(modelName) || taken.size < this.#settings.maxModels;
  }

  #add(model: MonitoredModel): void {
    this.#models.set(model.name, model);
    this.#fleet.models = this.#models.size;
  }

  #drop(modelName: string): boolean {
    this.#models.get(modelName)?.learner.leavePool();
    const dropped = this.#models.delete(modelName);
    this.#fleet.models = this.#models.size;
    return dropped;
  }

  #unjudged(modelName: string, at: number): AnomalyReport {
    const model = this.#models.get(modelName);
    const learning = {
      stage: 'learning',
      samples: 0,
      falseAlarmsPerWeek: null,
      provisional: true,
    } as const;
    return blankReport(modelName, timestampOf(at), model?.training() ?? learning);
  }

  #count(report: AnomalyReport): AnomalyReport {
    this.#counts.reports[report.status] += 1;
    return report;
  }

  #tell(error: unknown): void {
    try {
      this.#settings.onError(error);
    } catch {
      // Whoever is told about errors may not cause one.
    }
  }
}
