import { backoffMillis, type RetryOptions } from './backoff.js';
import { DeliveryError, type Channel } from '../channels/channel.js';
import type { WakingClock } from '../clock.js';
import { LeaseKeeper, type KeptLease } from './lease-keeper.js';
import { DeliveryJudge, sendable } from './delivery-judge.js';
import type { Delivery } from '../notification.js';
import { SendAttempt } from './send-attempt.js';
import { failed, givenBack, sent, unsent } from './settlement.js';
import { Settler } from './settler.js';
import type { AlertStore, ClaimOutcome, Settlement } from '../store.js';
import type { Holdbacks } from '../noise/suppression.js';

/** What a courier works with. */
export interface CourierOptions {
  readonly channel: Channel;
  readonly store: AlertStore;
  readonly clock: WakingClock;
  readonly leaseMillis: number;
  readonly pollIntervalMillis: number;
  readonly retry: Required<RetryOptions>;
  readonly holdbacks: Holdbacks;
  readonly onError: (error: unknown) => void;
}

/** What a courier has done since it began. */
export interface CourierStats {
  /** Deliveries that the receiver took. */
  delivered: number;
  /** Attempts that failed. */
  failed: number;
  /** Deliveries that were dropped for good by a silence, or because they were stale. */
  suppressed: number;
  /** Deliveries that were given up. */
  abandoned: number;
  /** Sends that were aborted because their lease was lost. */
  leasesLost: number;
  /** Deliveries being sent now. */
  inFlight: number;
}

/** After so many deliveries in one go, the host's other work gets its turn. */
const deliveriesPerTurn = 64;

/** Takes one channel's deliveries from the store and sends them, as long as it runs. */
export class Courier {
  readonly channel: Channel;
  readonly stats: CourierStats = {
    delivered: 0,
    failed: 0,
    suppressed: 0,
    abandoned: 0,
    leasesLost: 0,
    inFlight: 0,
  };
  readonly #options: CourierOptions;
  readonly #concurrency: number;
  readonly #leases: LeaseKeeper;
  readonly #settler: Settler;
  readonly #judge: DeliveryJudge;
  readonly #attempts = new Set<SendAttempt>();
  readonly #now: () => number;
  /** Since when (local time) every attempt has failed; null: the latest did not, or there was none. */
  failingSince: number | null = null;
  #running = false;
  #pumping = false;
  #again = false;
  #turn = 0;
  #storeFailures = 0;
  #wakeAt = Infinity;
  #cancelWake: (() => void) | null = null;
  readonly #idle: (() => void)[] = [];

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#now = () => options.clock.now();
    this.channel = options.channel;
    this.#concurrency = options.channel.concurrency ?? 8;
    const { store, clock, leaseMillis, holdbacks, onError } = options;
    this.#judge = new DeliveryJudge(store, holdbacks);
    this.#leases = new LeaseKeeper(store, clock, leaseMillis, onError);
    this.#settler = new Settler({ store, clock, onError });
  }

  start(): void {
    this.#running = true;
    this.wake();
  }

  /** There may be something to deliver. */
  wake(): void {
    if (!this.#running) return;
    if (this.#pumping) this.#again = true;
    else void this.#pump();
  }

  /** Takes nothing more; waits for what is being sent, then aborts it and gives it back. */
  async stop(deadlineMillis: number): Promise<void> {
    this.#running = false;
    this.#cancelWake?.();
    this.#cancelWake = null;
    await this.#quiet(deadlineMillis);
    for (const attempt of this.#attempts) attempt.abort(stopping);
    // Giving back is one call of the store; a store that is gone must not hold up the host.
    if (this.stats.inFlight > 0) await this.#quiet(this.#options.leaseMillis);
  }

  /** Waits until nothing is left that could be sent before the deadline (by the local clock). */
  async flush(deadline: number): Promise<void> {
    const { clock } = this.#options;
    this.wake();
    while (this.#running && clock.now() < deadline) {
      if (this.stats.inFlight === 0 && !this.#pumping && this.#wakeAt > deadline) return;
      await this.#quiet(Math.max(1, Math.min(this.#wakeAt, deadline) - clock.now()));
      if (this.stats.inFlight === 0 && this.#wakeAt <= clock.now()) this.wake();
    }
  }

  async #pump(): Promise<void> {
    const { store, clock, leaseMillis, channel } = { ...this.#options };
    this.#pumping = true;
    try {
      if (this.#storeFailures > 0) await this.#waitForSettlers();
      do {
        this.#again = false;
        while (this.#takesMore()) {
          const heldUntil = clock.now() + leaseMillis;
          const outcome = await store.claim({
            channel: channel.name,
            limit: Math.min(this.#concurrency - this.stats.inFlight, deliveriesPerTurn),
            leaseMillis,
            rate: channel.rate ?? null,
            silencesVersion: this.#judge.silencesVersion,
          });
          this.#storeFailures = 0;
          this.#judge.learn(outcome);
          for (const delivery of outcome.deliveries) {
            void this.#deliver(delivery, outcome, heldUntil);
          }
          if (outcome.deliveries.length === 0) {
            this.#wakeIn(outcome.nextDueInMillis ?? Infinity);
            break;
          }
          this.#turn += outcome.deliveries.length;
          if (this.#turn >= deliveriesPerTurn) {
            this.#turn = 0;
            await new Promise(setImmediate);
          }
        }
      } while (this.#calledAgain());
    } catch (error) {
      this.#storeFailures += 1;
      this.#options.onError(error);
      this.#wakeIn(backoffMillis(this.#storeFailures, { minMillis: 100, maxMillis: 2000 }));
    } finally {
      this.#pumping = false;
      this.#tellQuiet();
    }
  }

  /**
   * The store is back after an outage, in which leases have lapsed: whoever has sent something meanwhile,
   * here or at another replica, settles it before it is taken for left behind. Rejects while the store is away.
   */
  async #waitForSettlers(): Promise<void> {
    const { store, clock, leaseMillis } = this.#options;
    if (!store.shared) return;
    await store.occurrences('recovered', 1);
    await new Promise<void>((resolve) => clock.schedule(resolve, leaseMillis / 2));
  }

  #takesMore(): boolean {
    return this.#running && this.stats.inFlight < this.#concurrency && !this.#settler.isBehind;
  }

  #calledAgain(): boolean {
    return this.#again;
  }

  #wakeIn(millis: number): void {
    const { store, clock, pollIntervalMillis } = this.#options;
    const delay = store.shared ? Math.min(millis, pollIntervalMillis) : millis;
    this.#cancelWake?.();
    this.#cancelWake = null;
    // What is known to be due, not the next poll: a flush waits for it.
    this.#wakeAt = clock.now() + millis;
    if (delay === Infinity || !this.#running) return;
    this.#cancelWake = clock.schedule(() => this.wake(), Math.max(1, delay));
  }

  async #deliver(delivery: Delivery, claim: ClaimOutcome, heldUntil: number): Promise<void> {
    const { store, clock } = this.#options;
    this.stats.inFlight += 1;
    const attempt = new SendAttempt(this.#now);
    const kept: KeptLease = {
      id: delivery.id,
      lease: delivery.lease,
      heldUntil,
      onLost: () => attempt.abort(leaseLost),
    };
    this.#attempts.add(attempt);
    try {
      // The answer to a claim may take longer than the lease lasts, in a process that was paused.
      const late = clock.now() >= heldUntil && store.shared;
      if (late && !(await this.#isHeld(kept))) {
        this.stats.leasesLost += 1;
        return;
      }
      this.#leases.keep(kept);
      const settlement = await this.#attempt(delivery, claim, attempt);
      if (settlement !== null) await this.#settle(settlement);
      else if (attempt.abortedBy === leaseLost) this.stats.leasesLost += 1;
    } catch (error) {
      // The lease lapses, and the delivery is tried again.
      this.#options.onError(error);
    } finally {
      this.#leases.letGo(kept);
      this.#attempts.delete(attempt);
      this.stats.inFlight -= 1;
      this.#tellQuiet();
      this.wake();
    }
  }

  /** Asks the store, by renewing it, whether a lease is still held. */
  async #isHeld(kept: KeptLease): Promise<boolean> {
    const { store, clock, leaseMillis } = this.#options;
    const heldUntil = clock.now() + leaseMillis;
    if ((await store.renew([kept], leaseMillis)).length > 0) return false;
    kept.heldUntil = heldUntil;
    return true;
  }

  /** How the attempt ended, or null when it is no longer ours. */
  async #attempt(
    delivery: Delivery,
    { now }: ClaimOutcome,
    attempt: SendAttempt,
  ): Promise<Settlement | null> {
    const { clock, retry } = this.#options;
    const verdicts = await this.#judge.verdicts(delivery, now);
    const nothing = unsent(delivery, verdicts);
    if (nothing !== null) return nothing;
    const begun = clock.now();
    const failure = await this.#send(sendable(delivery, verdicts), attempt);
    const durationMillis = Math.max(0, clock.now() - begun);
    if (failure === null) return sent(delivery, verdicts, durationMillis);
    if (attempt.abortedBy === leaseLost) return null;
    if (attempt.abortedBy === stopping) return givenBack(delivery, durationMillis);
    return failed(delivery, failure, retry, now, durationMillis);
  }

  /** Null when the receiver took it, otherwise why not. A channel that hangs is left behind. */
  async #send(delivery: Delivery, attempt: SendAttempt): Promise<Error | null> {
    const { channel, clock } = this.#options;
    const timeoutMillis = channel.timeoutMillis ?? 10_000;
    const cancel = clock.schedule(() => attempt.abort(tookTooLong), timeoutMillis);
    try {
      await attempt.race(channel.send(delivery, attempt));
      return null;
    } catch (error) {
      if (attempt.abortedBy === tookTooLong) {
        return new DeliveryError(`no answer within ${timeoutMillis} ms`);
      }
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      cancel();
    }
  }

  async #settle(settlement: Settlement): Promise<void> {
    const told = await this.#settler.settle(settlement, () => this.#running);
    if (told === true) this.#count(settlement);
    else if (told === false) this.stats.leasesLost += 1;
  }

  #count({ outcome }: Settlement): void {
    const { kind } = outcome;
    if (kind === 'abandoned' || (kind === 'later' && outcome.event === 'failed')) {
      this.stats.failed += 1;
      this.failingSince ??= this.#now();
    }
    if (kind === 'delivered') this.failingSince = null;
    if (kind !== 'later') this.stats[kind] += 1;
  }

  /** Resolves when nothing is in flight, or after so long. */
  async #quiet(millis: number): Promise<void> {
    const { clock } = this.#options;
    if (millis <= 0) return;
    if (this.stats.inFlight === 0 && !this.#pumping) {
      // Nothing to hear from while it runs: a flush waits a little for what becomes due.
      if (!this.#running) return;
      await new Promise<void>((resolve) => clock.schedule(resolve, Math.min(millis, 20)));
      return;
    }
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      cancel = clock.schedule(resolve, millis);
    });
    cancel?.();
  }

  #tellQuiet(): void {
    if (this.stats.inFlight > 0 || this.#pumping || this.#idle.length === 0) return;
    for (const tell of this.#idle.splice(0)) tell();
  }
}

const leaseLost = new Error('the lease was lost');
const stopping = new Error('the system stops');
const tookTooLong = new Error('the time is over');
