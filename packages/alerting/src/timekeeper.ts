import { backoffMillis } from './delivery/backoff.js';
import type { WakingClock } from './clock.js';
import type { AlertStore } from './store.js';

/** What a timekeeper works with. */
export interface TimekeeperOptions {
  readonly store: AlertStore;
  readonly clock: WakingClock;
  readonly pollIntervalMillis: number;
  /** Channels that have something new to deliver. */
  readonly onChannels: (channels: readonly string[]) => void;
  /** The store answers again after an outage; what is due is applied when this has ended. Never rejects. */
  readonly recovered: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** How many alerts are advanced in one step of the store. */
const alertsPerStep = 100;

/** Has the store apply what is due, when it is due. */
export class Timekeeper {
  readonly #options: TimekeeperOptions;
  #running = false;
  #wakeAt = Infinity;
  #cancel: (() => void) | null = null;
  #failures = 0;
  #again = false;
  #advancing: Promise<void> | null = null;

  constructor(options: TimekeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    void this.advance();
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = null;
    this.#wakeAt = Infinity;
    return this.#advancing ?? Promise.resolve();
  }

  /** Something becomes due in so long. */
  wakeIn(millis: number): void {
    if (!this.#running) return;
    const at = this.#options.clock.now() + millis;
    if (at >= this.#wakeAt) return;
    this.#cancel?.();
    this.#wakeAt = at;
    this.#cancel = this.#options.clock.schedule(
      () => {
        this.#wakeAt = Infinity;
        void this.advance();
      },
      Math.max(1, millis),
    );
  }

  /** Applies everything that is due now. Never rejects. */
  advance(): Promise<void> {
    if (this.#advancing === null) {
      this.#advancing = this.#advance().finally(() => (this.#advancing = null));
    } else {
      this.#again = true;
    }
    return this.#advancing;
  }

  async #advance(): Promise<void> {
    const { store, pollIntervalMillis, onChannels, recovered, onError } = this.#options;
    let next: number;
    // Cleared before asking: a raise in between may bring it forward.
    this.#cancel?.();
    this.#cancel = null;
    this.#wakeAt = Infinity;
    try {
      if (this.#failures > 0) {
        await store.occurrences('recovered', 1);
        await recovered();
      }
      for (;;) {
        this.#again = false;
        const outcome = await store.advance(alertsPerStep);
        if (outcome.channels.length > 0) onChannels(outcome.channels);
        next = outcome.nextDueInMillis ?? Infinity;
        if (outcome.advanced < alertsPerStep && !this.#calledAgain()) break;
        await new Promise(setImmediate);
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      onError(error);
      next = backoffMillis(this.#failures, { minMillis: 100, maxMillis: 2000 });
    }
    if (store.shared) next = Math.min(next, pollIntervalMillis);
    if (next !== Infinity) this.wakeIn(next);
  }

  #calledAgain(): boolean {
    return this.#again;
  }
}
