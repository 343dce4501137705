import type { WakingClock } from '../clock.js';
import type { AlertStore } from '../store.js';

/** A lease that is being kept. */
export interface KeptLease {
  readonly id: string;
  readonly lease: string;
  /** Until when it is certain to be held, by the local clock. */
  heldUntil: number;
  /** Called once when it is lost. */
  readonly onLost: () => void;
}

/** Renews leases while they are in use, and tells when one is lost. */
export class LeaseKeeper {
  readonly #kept = new Set<KeptLease>();
  readonly #store: AlertStore;
  readonly #clock: WakingClock;
  readonly #leaseMillis: number;
  readonly #onError: (error: unknown) => void;
  #scheduled = false;

  constructor(
    store: AlertStore,
    clock: WakingClock,
    leaseMillis: number,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#leaseMillis = leaseMillis;
    this.#onError = onError;
  }

  keep(lease: KeptLease): void {
    this.#kept.add(lease);
    if (!this.#scheduled) this.#schedule();
  }

  letGo(lease: KeptLease): void {
    this.#kept.delete(lease);
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#clock.schedule(() => void this.#renew(), this.#leaseMillis / 3);
  }

  async #renew(): Promise<void> {
    const leases = [...this.#kept];
    if (leases.length === 0) {
      this.#scheduled = false;
      return;
    }
    this.#schedule();
    // Counted from before the question: the store's lease begins no earlier.
    const heldUntil = this.#clock.now() + this.#leaseMillis;
    let lost: ReadonlySet<string> = new Set();
    let answered = false;
    // What has just lapsed may not be another's yet: the store knows. What has lapsed for longer was asked for in vain.
    this.#dropExpired(this.#leaseMillis / 2);
    try {
      lost = new Set(await this.#store.renew(leases, this.#leaseMillis));
      answered = true;
    } catch (error) {
      this.#onError(error);
    }
    for (const lease of leases) {
      if (!this.#kept.has(lease)) continue;
      if (lost.has(lease.id)) this.#lose(lease);
      else if (answered) lease.heldUntil = Math.max(lease.heldUntil, heldUntil);
    }
    this.#dropExpired();
  }

  /** A lease that could not be renewed in time may be another's by now. */
  #dropExpired(graceMillis = 0): void {
    const now = this.#clock.now() - graceMillis;
    for (const lease of [...this.#kept]) if (lease.heldUntil <= now) this.#lose(lease);
  }

  #lose(lease: KeptLease): void {
    this.#kept.delete(lease);
    lease.onLost();
  }
}
