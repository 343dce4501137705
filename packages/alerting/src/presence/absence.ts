import type { Cause } from '../alert.js';
import type { AlertInput } from '../alert-input.js';
import type { WakingClock } from '../clock.js';
import { AlertingConfigError, checkedObject } from '../configuration.js';
import { durationMillis, formatDuration, type Duration } from '../duration.js';
import type { AlertChange, AlertStore, RaiseCommand } from '../store.js';

/** Who is missed when nothing is heard of it: an out-of-memory kill takes a service and its alerter together. */
export interface AbsenceOptions {
  /** Name of this replica, unique among those that share the store: when it ends without `stop()`, the others raise `replica_absent_<name>`. Default: not missed. */
  readonly replica?: string;
  /** After how long. Default 60 seconds, at least 1. */
  readonly replicaAfter?: Duration;
  /** A model that was reported on, and then not for so long, raises `monitor_absent_<model>`. Default: not missed; at least 1 second. */
  readonly monitorAfter?: Duration;
}

/** The options with their defaults, checked. */
export interface AbsenceSettings {
  readonly replica: string | null;
  readonly replicaMillis: number;
  readonly monitorMillis: number | null;
}

/** Throws an `AlertingConfigError` that names the option and quotes the value. */
export function checkedAbsence(options: AbsenceOptions = {}): AbsenceSettings {
  checkedObject('absence', options, ['replica', 'replicaAfter', 'monitorAfter']);
  const { replica = null, replicaAfter = '60s', monitorAfter } = options;
  if (replica !== null && (typeof replica !== 'string' || !/^[^\s]{1,200}$/.test(replica))) {
    const problem = 'must be a name of 1 to 200 characters without spaces';
    throw new AlertingConfigError('absence.replica', problem, replica);
  }
  return {
    replica,
    replicaMillis: durationMillis('absence.replicaAfter', replicaAfter, 1000),
    monitorMillis:
      monitorAfter === undefined
        ? null
        : durationMillis('absence.monitorAfter', monitorAfter, 1000),
  };
}

/** What a watch for absence works with. */
export interface AbsenceWatchOptions extends AbsenceSettings {
  readonly store: AlertStore;
  readonly clock: WakingClock;
  readonly command: (input: AlertInput) => RaiseCommand;
  readonly change: (id: string, change: AlertChange) => Promise<unknown>;
  /** Something becomes due in so long. */
  readonly wakeIn: (millis: number) => void;
  readonly onError: (error: unknown) => void;
}

/** So often within its time somebody says that it is there. */
const signsOfLife = 4;
/** More models are watched all the same, with more writes. */
const maxRemembered = 10_000;
/** After an outage of the store, so long for all replicas to say that they are there before any is missed. */
const graceMillis = 5000;

/** Arms the store's dead man's switches for this replica and for the monitors that report to it. */
export class AbsenceWatch {
  readonly #options: AbsenceWatchOptions;
  /** When each monitor's switch was armed, local time. */
  readonly #armedAt = new Map<string, number>();
  #replicaArmedAt = -Infinity;
  #running = false;
  #cancel: (() => void) | null = null;

  constructor(options: AbsenceWatchOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running || this.#options.replica === null) return;
    this.#running = true;
    void this.#beat();
  }

  /** An orderly end is no absence. Never rejects. */
  async stop(): Promise<void> {
    const { replica, store, onError } = this.#options;
    this.#cancel?.();
    this.#cancel = null;
    if (!this.#running || replica === null) return;
    this.#running = false;
    try {
      await store.unwatch(this.#replicaCommand(replica).id);
    } catch (error) {
      onError(error);
    }
  }

  /** A model was reported on. Never rejects. */
  async reported(modelName: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const { monitorMillis, clock, onError } = this.#options;
    if (monitorMillis === null) return;
    const now = clock.now();
    const absent = this.#monitorCommand(modelName, labels, monitorMillis);
    const armedAt = this.#armedAt.get(absent.id);
    if (armedAt !== undefined && Math.abs(now - armedAt) < monitorMillis / signsOfLife) return;
    if (this.#armedAt.size >= maxRemembered) this.#armedAt.clear();
    this.#armedAt.set(absent.id, now);
    try {
      await this.#arm(absent, monitorMillis);
    } catch (error) {
      this.#armedAt.delete(absent.id);
      onError(error);
    }
  }

  /** A model is no longer watched: the id of its watch. */
  forgotten(modelName: string, labels: Readonly<Record<string, string>>): string {
    const { id } = this.#monitorCommand(modelName, labels, 0);
    this.#armedAt.delete(id);
    return id;
  }

  /**
   * The store is back after an outage: says that this replica is there, and gives the others the time
   * to say so before whoever calls goes on to find them missing. Never rejects.
   */
  async recovered(): Promise<void> {
    const { clock, replicaMillis } = this.#options;
    if (!this.#running) return;
    const silence = clock.now() - this.#replicaArmedAt;
    await this.#armReplica();
    if (silence < replicaMillis - graceMillis) return;
    await new Promise<void>((resolve) => clock.schedule(resolve, graceMillis));
  }

  async #beat(): Promise<void> {
    await this.#armReplica();
    if (!this.#running) return;
    const { clock, replicaMillis } = this.#options;
    this.#cancel = clock.schedule(() => void this.#beat(), replicaMillis / signsOfLife);
  }

  async #armReplica(): Promise<void> {
    const { replica, replicaMillis, clock, onError } = this.#options;
    if (replica === null) return;
    const now = clock.now();
    try {
      await this.#arm(this.#replicaCommand(replica), replicaMillis);
      this.#replicaArmedAt = now;
    } catch (error) {
      onError(error);
    }
  }

  /** Arms, and resolves what the switch had raised: somebody is there again. */
  async #arm(command: RaiseCommand, withinMillis: number): Promise<void> {
    const { store, change, wakeIn } = this.#options;
    const { fired } = await store.watch(command, withinMillis);
    const cause: Cause = { kind: 'clear', note: 'it is there again' };
    wakeIn(withinMillis);
    if (fired) await change(command.id, { action: 'resolve', cause });
  }

  #monitorCommand(
    modelName: string,
    labels: Readonly<Record<string, string>>,
    millis: number,
  ): RaiseCommand {
    return this.#options.command({
      key: `monitor_absent_${modelName}`,
      labels: { model: modelName, ...labels },
      severity: 'high',
      type: 'monitor_absent',
      annotations: { summary: `no report on ${modelName} for ${formatDuration(millis)}` },
      source: { kind: 'absence', name: modelName },
    });
  }

  #replicaCommand(replica: string): RaiseCommand {
    const after = formatDuration(this.#options.replicaMillis);
    return this.#options.command({
      key: `replica_absent_${replica}`,
      severity: 'high',
      type: 'replica_absent',
      annotations: { summary: `nothing heard of replica ${replica} for ${after}` },
      source: { kind: 'absence', name: replica },
    });
  }
}
