import { backoffMillis } from './backoff.js';
import type { WakingClock } from '../clock.js';
import type { AlertStore, Settlement } from '../store.js';
import { Turnstile } from './turnstile.js';

/** A store that is away for so long has lost what was to be settled to another, or will hand it out again. */
const settlingMillis = 60_000;
/** More settlements at a time would stand in the way of the call that renews their leases. */
const settlementsAtATime = 16;

/** What a settler works with. */
export interface SettlerOptions {
  readonly store: AlertStore;
  readonly clock: WakingClock;
  readonly onError: (error: unknown) => void;
}

/** Tells the store how attempts ended. */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #turnstile = new Turnstile(settlementsAtATime);

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Whether more was sent than the store takes in: the leases of all that waits have to be renewed. */
  get isBehind(): boolean {
    return this.#turnstile.waiting >= settlementsAtATime;
  }

  /**
   * Tells the store, again and again while it cannot be reached: what was sent should not be sent twice.
   * False: the lease is another's; null: the store could not be told.
   */
  async settle(settlement: Settlement, goesOn: () => boolean): Promise<boolean | null> {
    const { clock, onError } = this.#options;
    const giveUpAt = clock.now() + settlingMillis;
    for (let round = 1; ; round += 1) {
      try {
        return await this.#tell(settlement);
      } catch (error) {
        onError(error);
        if (clock.now() >= giveUpAt || !goesOn()) return null;
        const delay = backoffMillis(round, { minMillis: 20, maxMillis: 200 });
        await new Promise<void>((resolve) => clock.schedule(resolve, delay));
      }
    }
  }

  async #tell(settlement: Settlement): Promise<boolean> {
    const { store } = this.#options;
    if (!store.shared) return store.settle(settlement);
    await this.#turnstile.enter();
    try {
      return await store.settle(settlement);
    } finally {
      this.#turnstile.leave();
    }
  }
}
