import { randomUUID } from 'node:crypto';
import { raiseCommand, type AlertInput } from './alert-input.js';
import type { AlertingSettings } from './alerting-options.js';
import { isOutage, RaiseQueue, type RaiseQueueStats } from './raise-queue.js';
import type { RaiseResult } from './raise-result.js';
import type { RaiseCommand, RaiseOutcome } from './store.js';

/** What a raiser has done since it began. */
export interface RaiserStats {
  /** Raises that this replica stored. */
  readonly raised: number;
  /** Raises that failed: invalid, or the store refused or could not be reached. */
  readonly raiseFailures: number;
  /** Escalations by raises of this replica. */
  readonly escalated: number;
  /** The local queue; null: there is none. */
  readonly localQueue: RaiseQueueStats | null;
}

/** Stores raises, and keeps them while the store cannot be reached if it is told to. */
export class Raiser {
  readonly #settings: AlertingSettings;
  readonly #onRaised: (outcome: RaiseOutcome) => void;
  readonly #queue: RaiseQueue | null;
  #raised = 0;
  #raiseFailures = 0;
  #escalated = 0;

  constructor(
    settings: AlertingSettings,
    onRaised: (outcome: RaiseOutcome) => void,
    onError: (error: unknown) => void,
  ) {
    this.#settings = settings;
    this.#onRaised = onRaised;
    const { store, clock, maxQueuedRaises } = settings;
    this.#queue =
      maxQueuedRaises === null
        ? null
        : new RaiseQueue({
            maxRaises: maxQueuedRaises,
            clock,
            raise: (command) => store.raise(command),
            onRaised: (outcome) => void this.#count(outcome),
            onError,
          });
  }

  get stats(): RaiserStats {
    return {
      raised: this.#raised,
      raiseFailures: this.#raiseFailures,
      escalated: this.#escalated,
      localQueue: this.#queue?.stats ?? null,
    };
  }

  /** Raises that wait in the local queue. */
  get waiting(): number {
    return this.#queue?.stats.waiting ?? 0;
  }

  raise(input: AlertInput): Promise<RaiseResult> {
    let command: RaiseCommand;
    let stored: Promise<RaiseOutcome>;
    try {
      command = this.command(input);
      if (this.#queue !== null) {
        const occurrenceId = command.occurrenceId ?? randomUUID();
        command = { ...command, occurrenceId };
        // In order, and without waiting for a store that does not answer.
        if (this.waiting > 0) return this.#queued(this.#queue, command, null);
      }
      stored = this.#settings.store.raise(command);
    } catch (error) {
      this.#raiseFailures += 1;
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return stored.then(
      (outcome) => this.#count(outcome),
      (error: unknown) => {
        if (this.#queue !== null && isOutage(error))
          return this.#queued(this.#queue, command, error);
        this.#raiseFailures += 1;
        throw error;
      },
    );
  }

  /** The command for the store; throws a TypeError or RangeError that names what cannot be raised. */
  command(input: AlertInput): RaiseCommand {
    return raiseCommand(input, this.#settings.labels, this.#settings.book);
  }

  drain(): Promise<void> {
    return this.#queue?.drain() ?? Promise.resolve();
  }

  stop(deadlineMillis: number): Promise<void> {
    return this.#queue?.stop(deadlineMillis) ?? Promise.resolve();
  }

  #count(outcome: RaiseOutcome): RaiseResult {
    const { alert, opened, escalated, duplicate } = outcome;
    this.#raised += 1;
    if (escalated) this.#escalated += 1;
    this.#onRaised(outcome);
    return { alert, opened, escalated, duplicate, queued: false };
  }

  #queued(queue: RaiseQueue, command: RaiseCommand, cause: unknown): Promise<RaiseResult> {
    const startsAt = command.startsAt ?? this.#settings.clock.now();
    if (queue.offer({ ...command, startsAt })) {
      const nothing = { opened: false, escalated: false, duplicate: false };
      return Promise.resolve({ ...nothing, alert: null, queued: true });
    }
    this.#raiseFailures += 1;
    const { maxQueuedRaises } = this.#settings;
    const problem = `${command.id}: the store cannot be reached, and ${maxQueuedRaises} raises wait for it already (localQueue.maxRaises)`;
    return Promise.reject(new Error(problem, { cause }));
  }
}
