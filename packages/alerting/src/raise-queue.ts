import { backoffMillis } from './delivery/backoff.js';
import type { WakingClock } from './clock.js';
import { AlertingConfigError, checkedNumber, checkedObject } from './configuration.js';
import { StoreFullError, type RaiseCommand, type RaiseOutcome } from './store.js';

/** Raises that wait in this process for a store that cannot be reached. */
export interface RaiseQueueOptions {
  /** More are rejected. Default 1000. */
  readonly maxRaises?: number;
}

/** Figures of the local queue. */
export interface RaiseQueueStats {
  /** Raises that wait now. */
  readonly waiting: number;
  /** Raises that waited and were stored. */
  readonly drained: number;
  /** Raises that waited and were lost: the process stopped first, or the store refused them. */
  readonly lost: number;
}

/** How many raises may wait, or null where none does; throws an `AlertingConfigError`. */
export function checkedQueue(options: RaiseQueueOptions | undefined): number | null {
  if (options === undefined) return null;
  checkedObject('localQueue', options, ['maxRaises']);
  return checkedNumber('localQueue.maxRaises', options.maxRaises ?? 1000, {
    min: 1,
    max: 1_000_000,
    integer: true,
  });
}

/** Whether a raise that failed so may succeed later. */
export function isOutage(error: unknown): boolean {
  return !(
    error instanceof StoreFullError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof AlertingConfigError
  );
}

/** What a queue works with. */
export interface RaiseQueueContext {
  readonly maxRaises: number;
  readonly clock: WakingClock;
  readonly raise: (command: RaiseCommand) => Promise<RaiseOutcome>;
  readonly onRaised: (outcome: RaiseOutcome) => void;
  readonly onError: (error: unknown) => void;
}

/** How many raises are stored at a time once the store is back. */
const raisesAtATime = 16;

/** Keeps raises in order while the store cannot be reached, and stores them when it is back. */
export class RaiseQueue {
  readonly #context: RaiseQueueContext;
  #waiting: RaiseCommand[] = [];
  /** Those that are being stored. */
  #underWay: readonly RaiseCommand[] = [];
  #drained = 0;
  #lost = 0;
  #failures = 0;
  #draining: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  constructor(context: RaiseQueueContext) {
    this.#context = context;
  }

  get stats(): RaiseQueueStats {
    return { waiting: this.#size, drained: this.#drained, lost: this.#lost };
  }

  /** Takes a raise; false when there is no room. */
  offer(command: RaiseCommand): boolean {
    if (this.#size >= this.#context.maxRaises) return false;
    this.#waiting.push(command);
    if (this.#draining === null && this.#cancel === null) this.#tryLater();
    return true;
  }

  /** Tries to store what waits, now. Never rejects. */
  drain(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
      if (this.#waiting.length > 0) this.#tryLater();
    });
    return this.#draining;
  }

  get #size(): number {
    return this.#waiting.length + this.#underWay.length;
  }

  /** A last try, at most so long; what is left is lost, counted, and told. */
  async stop(deadlineMillis: number): Promise<void> {
    const { clock, onError } = this.#context;
    if (this.#size > 0) {
      let cancelLate: (() => void) | undefined;
      const late = new Promise<void>((resolve) => {
        cancelLate = clock.schedule(resolve, deadlineMillis);
      });
      await Promise.race([this.drain(), late]);
      cancelLate?.();
    }
    this.#cancel?.();
    this.#cancel = null;
    const left = [...this.#underWay, ...this.#waiting];
    this.#underWay = [];
    this.#waiting = [];
    if (left.length === 0) return;
    this.#lost += left.length;
    const keys = left.slice(0, 5).map(({ id }) => id);
    onError(
      new Error(`${left.length} raises waited for the store and are lost: ${keys.join(', ')}`),
    );
  }

  #tryLater(): void {
    const { clock } = this.#context;
    const delay = backoffMillis(this.#failures + 1, { minMillis: 100, maxMillis: 2000 });
    this.#cancel?.();
    this.#cancel = clock.schedule(() => void this.drain(), delay);
  }

  async #drain(): Promise<void> {
    const { raise, onRaised, onError } = this.#context;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, raisesAtATime);
      this.#underWay = batch;
      const results = await Promise.allSettled(batch.map((command) => raise(command)));
      // Stopped meanwhile: they were given up, and told so.
      if (this.#underWay !== batch) return;
      this.#underWay = [];
      const failed: RaiseCommand[] = [];
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') {
          this.#drained += 1;
          onRaised(result.value);
          continue;
        }
        onError(result.reason);
        const command = batch[index];
        if (command !== undefined && isOutage(result.reason)) failed.push(command);
        else this.#lost += 1;
      }
      // One that was stored although its answer was lost is known by its occurrence id.
      this.#waiting.unshift(...failed);
      if (failed.length > 0) {
        this.#failures += 1;
        return;
      }
      this.#failures = 0;
    }
  }
}
