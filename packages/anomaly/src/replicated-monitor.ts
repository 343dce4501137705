import { ModelPerformanceMonitor } from './monitor.js';
import type { MonitorLease } from './monitor-lease.js';
import { type MonitorOptions, resolveOptions } from './monitor-options.js';
import type { MonitorStats } from './monitor-stats.js';
import type { MonitorStore } from './monitor-store.js';
import type { AnomalyReport } from './report.js';

/** Options of a `ReplicatedMonitor`: those of a monitor, with a store, and who is in charge. */
export interface ReplicatedMonitorOptions extends MonitorOptions {
  /** Where the next holder finds what was learnt; shared by all replicas. */
  readonly store: MonitorStore;
  /** Who monitors: `postgresLease`, for example. */
  readonly lease: MonitorLease;
}

/** What a replica did, as a holder and as one that stands by. */
export interface ReplicatedMonitorStats {
  /** 1 while this replica monitors, else 0. */
  readonly holds: number;
  /** Times that this replica took over. */
  readonly takeovers: number;
  /** Times that it lost the lease without letting go of it. */
  readonly losses: number;
  /** Times that the lease could not be asked for. */
  readonly leaseFailures: number;
  /** Reports made after the lease had run out (of a process that was held up), told to nobody. */
  readonly reportsDropped: number;
  /** Saved monitors that could not be used, so that one began anew. */
  readonly restoresRefused: number;
  /** Of the monitor of this replica; null while it stands by. */
  readonly monitor: MonitorStats | null;
}

/**
 * One monitor for several replicas: whichever holds the lease restores what was saved, monitors, and saves. When it
 * ends, another one goes on. The source must give the metrics of all replicas together.
 *
 * The constructor throws a `TypeError` or `RangeError` that names the bad option; nothing throws later.
 */
export class ReplicatedMonitor {
  readonly #options: ReplicatedMonitorOptions;
  readonly #lease: MonitorLease;
  readonly #counts = {
    takeovers: 0,
    losses: 0,
    leaseFailures: 0,
    reportsDropped: 0,
    restoresRefused: 0,
  };
  #onReport: ((report: AnomalyReport) => unknown) | undefined;
  #monitor: ModelPerformanceMonitor | undefined;
  /** Until when the lease is certain to be ours, by `performance.now()`. */
  #heldUntil = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> | undefined;

  constructor(options: ReplicatedMonitorOptions) {
    resolveOptions(options);
    const { store, lease } = options as Partial<ReplicatedMonitorOptions>;
    if (store === undefined) throw new TypeError('store must be given: the next holder needs it');
    if (typeof lease?.acquire !== 'function' || !(lease.durationMillis > 0)) {
      throw new TypeError('lease must have acquire(), release() and durationMillis');
    }
    this.#lease = lease;
    this.#options = {
      ...options,
      store: {
        load: () => store.load(),
        // One that was held up must not overwrite what the next holder saved.
        save: async (document) => {
          if (!this.#isHeld) throw new Error('the lease has run out: nothing is saved');
          await store.save(document);
        },
      },
    };
  }

  /** Takes part: monitors when the lease is this replica's, else stands by. Throws if it does already. */
  start(onReport: (report: AnomalyReport) => unknown): void {
    if (this.#timer !== undefined) throw new Error('this monitor is started already');
    if (typeof onReport !== 'function') {
      throw new TypeError(`onReport must be a function, got ${typeof onReport}`);
    }
    this.#onReport = onReport;
    // Three tries before it runs out.
    this.#timer = setInterval(() => void this.#take(), this.#lease.durationMillis / 3).unref();
    void this.#take();
  }

  /** Whether this replica is the one that monitors. */
  get holds(): boolean {
    return this.#monitor !== undefined && this.#isHeld;
  }

  /** Ends the rounds, saves, and lets another replica go on at once. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#turn;
    const monitor = this.#monitor;
    this.#monitor = undefined;
    if (monitor === undefined) return;
    try {
      await monitor.stop();
      await monitor.save();
    } catch (error) {
      this.#tell(error);
    }
    try {
      await this.#lease.release();
    } catch (error) {
      this.#tell(error);
    }
    this.#heldUntil = -Infinity;
  }

  stats(): ReplicatedMonitorStats {
    return {
      ...this.#counts,
      holds: this.holds ? 1 : 0,
      monitor: this.#monitor?.stats() ?? null,
    };
  }

  get #isHeld(): boolean {
    return performance.now() < this.#heldUntil;
  }

  #take(): Promise<void> {
    this.#turn ??= this.#takeTurn().finally(() => (this.#turn = undefined));
    return this.#turn;
  }

  async #takeTurn(): Promise<void> {
    const asked = performance.now();
    let acquired = false;
    try {
      acquired = await this.#lease.acquire();
    } catch (error) {
      this.#counts.leaseFailures += 1;
      this.#tell(error);
      // Until it has run out nobody else can have it.
      if (this.#isHeld) return;
    }
    this.#heldUntil = acquired ? asked + this.#lease.durationMillis : -Infinity;
    if (!acquired) await this.#standBy();
    else if (this.#monitor === undefined) await this.#takeOver();
  }

  async #takeOver(): Promise<void> {
    const onReport = this.#onReport;
    try {
      const monitor = await this.#restored();
      // Whoever was stopped meanwhile does not begin.
      if (this.#timer === undefined) {
        await this.#lease.release();
        return;
      }
      this.#monitor = monitor;
      this.#counts.takeovers += 1;
      monitor.start((report) => {
        if (this.#isHeld) return onReport?.(report);
        this.#counts.reportsDropped += 1;
        return undefined;
      });
    } catch (error) {
      this.#tell(error);
    }
  }

  async #restored(): Promise<ModelPerformanceMonitor> {
    const document = await this.#options.store.load();
    if (document !== undefined) {
      try {
        return ModelPerformanceMonitor.fromJSON(document, this.#options);
      } catch (error) {
        // Damaged, or of a release that watched other metrics: monitoring anew is better than never.
        this.#counts.restoresRefused += 1;
        this.#tell(error);
      }
    }
    return new ModelPerformanceMonitor(this.#options);
  }

  async #standBy(): Promise<void> {
    const monitor = this.#monitor;
    if (monitor === undefined) return;
    this.#monitor = undefined;
    this.#counts.losses += 1;
    await monitor.stop();
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // Whoever is told about errors may not cause one.
    }
  }
}
