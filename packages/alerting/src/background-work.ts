import { AbsenceWatch } from './presence/absence.js';
import type { AlertInput } from './alert-input.js';
import type { AlertingSettings } from './alerting-options.js';
import { CommonCauseWatch } from './noise/common-cause-watch.js';
import { Courier, type CourierStats } from './delivery/courier.js';
import { checkHealth, type Health } from './presence/health.js';
import { Inhibitor } from './noise/inhibition.js';
import type { Raiser } from './raiser.js';
import type { AlertChange, ChangeOutcome, RaiseCommand, RaiseOutcome } from './store.js';
import type { Holdbacks } from './noise/suppression.js';
import { Timekeeper } from './timekeeper.js';

/** Whom the background work asks to raise and to change. */
export interface BackgroundContext {
  readonly raiser: Pick<Raiser, 'raise' | 'command' | 'drain' | 'stop' | 'waiting'>;
  readonly change: (id: string, change: AlertChange) => Promise<ChangeOutcome>;
  readonly onError: (error: unknown) => void;
}

/** All that happens without being asked: deliveries, timers, common causes, signs of life. */
export class BackgroundWork {
  readonly holdbacks: Holdbacks;
  readonly #settings: AlertingSettings;
  readonly #raiser: BackgroundContext['raiser'];
  readonly #couriers: ReadonlyMap<string, Courier>;
  readonly #timekeeper: Timekeeper;
  readonly #inhibitor: Inhibitor;
  readonly #commonCauses: CommonCauseWatch;
  readonly #absence: AbsenceWatch;
  readonly #onError: (error: unknown) => void;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(settings: AlertingSettings, { raiser, change, onError }: BackgroundContext) {
    const { channels, store, clock, leaseMillis, pollIntervalMillis, retry } = settings;
    const raise = (input: AlertInput): ReturnType<Raiser['raise']> => raiser.raise(input);
    const command = (input: AlertInput): RaiseCommand => raiser.command(input);
    this.#settings = settings;
    this.#raiser = raiser;
    this.#onError = onError;
    this.#inhibitor = new Inhibitor(settings.inhibitions, store, clock);
    this.#commonCauses = new CommonCauseWatch({
      rules: settings.commonCauses,
      store,
      clock,
      raise,
      change,
      onError,
    });
    this.#absence = new AbsenceWatch({
      ...settings.absence,
      store,
      clock,
      command,
      change,
      wakeIn: (millis) => this.#timekeeper.wakeIn(millis),
      onError,
    });
    this.holdbacks = holdbacksOf(this.#inhibitor, this.#commonCauses);
    const work = { store, clock, leaseMillis, pollIntervalMillis, retry, onError };
    this.#couriers = new Map(
      channels.map((channel) => [
        channel.name,
        new Courier({ ...work, channel, holdbacks: this.holdbacks }),
      ]),
    );
    this.#timekeeper = new Timekeeper({
      store,
      clock,
      pollIntervalMillis,
      onChannels: (names) => this.#wake(names),
      recovered: () => this.#absence.recovered(),
      onError,
    });
  }

  /** What the couriers did, per channel. */
  get channelStats(): Readonly<Record<string, Readonly<CourierStats>>> {
    return Object.fromEntries(
      [...this.#couriers].map(([name, courier]) => [name, { ...courier.stats }]),
    );
  }

  start(): void {
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.#timekeeper.start();
    this.#commonCauses.start();
    this.#absence.start();
    this.#settings.heartbeat?.start({
      clock: this.#settings.clock,
      health: () => this.health(),
      onError: this.#onError,
    });
    for (const courier of this.#couriers.values()) courier.start();
  }

  /** Starts unless it was started or stopped before. */
  startOnce(): void {
    if (this.#state === 'new') this.start();
  }

  async stop(deadlineMillis: number): Promise<void> {
    this.#state = 'stopped';
    this.#commonCauses.stop();
    const couriers = [...this.#couriers.values()];
    await this.#raiser.stop(deadlineMillis);
    await Promise.allSettled([
      this.#timekeeper.stop(),
      this.#absence.stop(),
      this.#settings.heartbeat?.stop(),
      ...couriers.map((courier) => courier.stop(deadlineMillis)),
    ]);
    await Promise.allSettled(couriers.map(async ({ channel }) => channel.close?.()));
  }

  /** Waits until what can be sent before the deadline (local time) has been. */
  async flush(deadline: number): Promise<void> {
    await this.#raiser.drain();
    await this.#timekeeper.advance();
    await Promise.all([...this.#couriers.values()].map((courier) => courier.flush(deadline)));
  }

  /** Sees to what a step of the store brought: something to deliver, something to wait for. */
  follow({ channels, nextDueInMillis }: Pick<RaiseOutcome, 'channels' | 'nextDueInMillis'>): void {
    if (channels.length > 0) this.#wake(channels);
    if (nextDueInMillis !== null) this.#timekeeper.wakeIn(nextDueInMillis);
  }

  /** A raise was stored. */
  raised(outcome: RaiseOutcome): void {
    if (outcome.opened) {
      this.#inhibitor.refresh();
      if (!this.#commonCauses.isEmpty) void this.#commonCauses.opened(outcome.alert);
    }
    this.follow(outcome);
  }

  /** A monitor has reported on a model. Never rejects. */
  reported(modelName: string, labels: Readonly<Record<string, string>>): Promise<void> {
    return this.#absence.reported(modelName, labels);
  }

  /** A model is no longer watched: the id of its watch. */
  forgotten(modelName: string, labels: Readonly<Record<string, string>>): string {
    return this.#absence.forgotten(modelName, labels);
  }

  health(): Promise<Health> {
    const { store, clock } = this.#settings;
    return checkHealth(store, clock, this.#couriers.values(), this.#raiser.waiting);
  }

  #wake(channels: readonly string[]): void {
    for (const name of channels) this.#couriers.get(name)?.wake();
  }
}

function holdbacksOf(inhibitor: Inhibitor, commonCauses: CommonCauseWatch): Holdbacks {
  return {
    isEmpty: inhibitor.isEmpty && commonCauses.isEmpty,
    inhibitedBy: async (alert) =>
      (await inhibitor.inhibitedBy(alert)) ?? (await commonCauses.heldBackBy(alert)),
    waitMillis: (alert) => commonCauses.waitMillis(alert),
  };
}
