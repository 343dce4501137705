import type { Alert, AlertSource, AlertState, AlertStatus, Cause, Severity } from './alert.js';
import type { HistoryEntry } from './history.js';
import type { Delivery } from './notification.js';
import type { Plan, PlanStep } from './policies/plan.js';
import type { Matcher, Silence } from './noise/silence.js';

/**
 * Where alerts, their timers and their outbox live. Replicas that share a store share everything.
 *
 * The contract, proven by `storeConformance` of `@llm/alerting/testing`:
 *
 * 1. **Every method is one atomic step.** Two calls on the same alert, delivery, stream or channel
 *    happen one after the other, whichever replica makes them; what a call decides and what it
 *    writes (state, history, deliveries, timers) become visible together or not at all. Redis: one
 *    script. Postgres: one statement, which locks the alert's row first (a function shipped with
 *    the migrations counts as one); nothing else is assumed of `query(sql, params)`.
 * 2. **Time is the store's.** Redis `TIME`, Postgres `clock_timestamp()` read after the lock is held,
 *    in memory the injected clock. No time of a replica is ever compared with one of the store;
 *    what goes back to a replica to sleep on is a length (`nextDueInMillis`).
 * 3. **Time may jump.** Occurrence times ahead of now count as now. A timer that is overdue fires
 *    once, at the next `advance`.
 * 4. **The lifecycle is `lifecycle.ts`**: pure functions over `AlertState`. A store runs exactly
 *    them, or a translation of them that passes the conformance suite.
 * 5. **Delivery ids are unique for ever**, also after a loss of the store's data: random, not counted.
 * 6. **Everything is bounded**: history per alert, pending deliveries per channel (what does not fit
 *    is recorded as `dropped` in the alert's history and counted), resolved alerts by retention,
 *    which `advance` enforces.
 *
 * A method rejects when the store cannot be reached; then nothing or everything of that step has
 * happened, and repeating it is safe where the command says so (`occurrenceId`).
 */
export interface AlertStore {
  /** Whether other processes may change it: then it is polled, and its leases matter. */
  readonly shared: boolean;

  /** Raises an alert: opens an episode, counts an occurrence, escalates by recurrence (`raiseAlert`). */
  raise(command: RaiseCommand): Promise<RaiseOutcome>;
  /** Acknowledges, resolves, starts clearing, or escalates one alert (`changeAlert`). */
  change(id: string, change: AlertChange): Promise<ChangeOutcome>;
  /**
   * Applies what is due (`advanceAlert`) to at most `limit` alerts and watches, skipping those that
   * another caller is advancing; then forgets what is past its retention.
   */
  advance(limit: number): Promise<AdvanceOutcome>;

  /**
   * Raises the command's alert unless this is called again with the same `command.id` within so many
   * milliseconds: a dead man's switch. It raises once, at the `advance` after the deadline, and is
   * then disarmed. `fired` says whether it had raised since the last call.
   */
  watch(command: RaiseCommand, withinMillis: number): Promise<{ readonly fired: boolean }>;
  /** Disarms a watch; true if there was one. */
  unwatch(id: string): Promise<boolean>;

  /**
   * Leases deliveries of one channel that are due and unleased (or whose lease has lapsed), oldest
   * `dueAt` first, at most `limit`, and counts the attempt. See `Outbox rules` below.
   *
   * Outbox rules, per channel:
   * - A *stream* is a group, or an alert id where there is no group. Deliveries of a stream are
   *   first-in-first-out: only the head can be claimed, so that a `resolved` never overtakes its
   *   `initial`. A delivery that settles `later` with `hold: false` leaves the order: it no longer
   *   holds others up and is not held up.
   * - A grouped notification joins the tail of its stream if that was never claimed and has room
   *   (`maxGroupSize`); otherwise it opens a new tail, due after `groupWaitMillis`. A single one is due at once.
   * - What was claimed once never changes: the same id carries the same notifications.
   * - `rate`: over all claimers together two deliveries are handed out at least `intervalMillis / count`
   *   apart (one number per channel: when the next may go).
   * - An attempt that settles `later` with `event: null` was none: it is not counted.
   * - A channel that is paused (`settle` with `pauseChannelMillis`) hands out nothing.
   */
  claim(command: ClaimCommand): Promise<ClaimOutcome>;
  /**
   * Extends leases to `leaseMillis` from now; returns the ids of those that are no longer held. One that
   * has lapsed is held until somebody else claims the delivery.
   */
  renew(
    held: readonly { readonly id: string; readonly lease: string }[],
    leaseMillis: number,
  ): Promise<readonly string[]>;
  /**
   * Says how an attempt ended and records it in the history of each alert in it. False, and no
   * change, when the lease is not held any more: claimed by another, or settled. A lapsed lease of a
   * delivery that nobody has claimed since still counts: what was sent should not be sent twice.
   */
  settle(settlement: Settlement): Promise<boolean>;

  /** One alert, or null. */
  get(id: string): Promise<AlertState | null>;
  /** Alerts that are not resolved, latest opening first. */
  active(query: ActiveQuery): Promise<Page<AlertState>>;
  /** What happened to one alert, latest first; empty when it is unknown. */
  history(id: string, query: PageQuery): Promise<Page<HistoryEntry>>;
  /** How many occurrences lie in the last `windowMillis` (at most `plan.keepOccurrences` are kept). */
  occurrences(id: string, windowMillis: number): Promise<number>;

  /** Adds a silence and returns it; throws when there are already `maxSilences`. */
  silence(command: SilenceCommand): Promise<Silence>;
  /** Removes a silence; true if there was one. */
  unsilence(id: string): Promise<boolean>;
  /** All silences that have not ended. */
  silences(): Promise<readonly Silence[]>;

  /** Forgets the alerts (history, pending deliveries, silences of one alert, watches) with these labels; how many alerts. */
  erase(labels: Readonly<Record<string, string>>): Promise<number>;
  /** Figures. */
  stats(): Promise<StoreStats>;
}

/** Everything that `raise` needs, as plain data. */
export interface RaiseCommand {
  /** `alertId(key, labels)`. */
  readonly id: string;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly severity: Severity;
  readonly type: string;
  readonly source: AlertSource;
  readonly plan: Plan;
  readonly group: string | null;
  readonly escalatedType: string | null;
  /** When the trouble began; null: now. */
  readonly startsAt: number | null;
  /** Makes the raise repeatable: one with an id that the alert remembers changes nothing. */
  readonly occurrenceId: string | null;
}

/** What a raise did. */
export interface RaiseOutcome {
  readonly alert: Alert;
  /** It opened an episode. */
  readonly opened: boolean;
  /** It took the alert to a higher level. */
  readonly escalated: boolean;
  /** Its `occurrenceId` was known: nothing changed. */
  readonly duplicate: boolean;
  /** Occurrences now in the plan's `keepWindowMillis`, at most `plan.keepOccurrences`. */
  readonly recent: number;
  /** Channels that have something new to deliver. */
  readonly channels: readonly string[];
  /** How many milliseconds until the alert's next timer; null: none. */
  readonly nextDueInMillis: number | null;
}

/** A change to one alert. With `episode` it applies to that episode only. */
export type AlertChange =
  | { readonly action: 'acknowledge'; readonly cause: Cause; readonly episode?: number }
  | { readonly action: 'resolve'; readonly cause: Cause; readonly episode?: number }
  /** Resolves after `plan.minClearMillis` unless raised again. */
  | { readonly action: 'clear'; readonly cause: Cause; readonly episode?: number }
  /** Does nothing when the alert's level is already `step.level` or higher, or it is not `firing`. */
  | {
      readonly action: 'escalate';
      readonly step: PlanStep;
      readonly cause: Cause;
      readonly episode?: number;
    };

/** What a change did. */
export interface ChangeOutcome {
  /** False: the alert is unknown, in another episode, or already so. */
  readonly changed: boolean;
  /** The alert now; null when unknown. */
  readonly alert: Alert | null;
  readonly channels: readonly string[];
  readonly nextDueInMillis: number | null;
}

/** What `advance` did. */
export interface AdvanceOutcome {
  /** How many alerts and watches were due; as many as `limit`: call again. */
  readonly advanced: number;
  readonly channels: readonly string[];
  /** How many milliseconds until the next timer of any alert or watch; null: none. */
  readonly nextDueInMillis: number | null;
}

/** Which deliveries to lease. */
export interface ClaimCommand {
  readonly channel: string;
  readonly limit: number;
  readonly leaseMillis: number;
  readonly rate: { readonly count: number; readonly intervalMillis: number } | null;
  /** The version of the silences that the caller knows. */
  readonly silencesVersion: string | null;
}

/** What was leased. */
export interface ClaimOutcome {
  readonly deliveries: readonly Delivery[];
  /** The store's time, to judge silences by. */
  readonly now: number;
  /** How many milliseconds until something may be claimable; 0: now; null: nothing is pending. */
  readonly nextDueInMillis: number | null;
  readonly silencesVersion: string;
  /** The silences as of this claim, where their version differs from the caller's; otherwise null. */
  readonly silences: readonly Silence[] | null;
}

/** How an attempt ended. */
export interface Settlement {
  readonly id: string;
  readonly lease: string;
  readonly outcome:
    /** `heldBack`: places of notifications that were not sent; they become a delivery of their own
     * (new id, outside the order, held back), due after `delayMillis`, and are recorded as `suppressed`. */
    | {
        readonly kind: 'delivered';
        readonly heldBack?: { readonly places: readonly number[]; readonly delayMillis: number };
      }
    | { readonly kind: 'suppressed' }
    | { readonly kind: 'abandoned' }
    /** Try again after so long. `event`: what the history says of this attempt; null: nothing, and the attempt does not count. */
    | {
        readonly kind: 'later';
        readonly delayMillis: number;
        readonly hold: boolean;
        readonly event: 'failed' | 'suppressed' | null;
      };
  /** Why, for the history. */
  readonly cause: Cause;
  readonly durationMillis: number;
  /** Nothing of this channel is handed out for so long; 0: no pause. A later, longer pause wins. */
  readonly pauseChannelMillis: number;
}

/** A page of a list. */
export interface PageQuery {
  /** At most so many, 1 to 1000. */
  readonly limit: number;
  /** Where the page before ended; null: the first page. */
  readonly cursor: string | null;
}

/** Which active alerts. */
export interface ActiveQuery extends PageQuery {
  readonly status?: Exclude<AlertStatus, 'resolved'>;
  /** All must match. */
  readonly matchers?: readonly Matcher[];
}

/** A page, and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** null: this was the last page. */
  readonly cursor: string | null;
}

/** A silence to be added. */
export interface SilenceCommand {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly alertId: string | null;
  readonly episode: number | null;
  /** null: now. */
  readonly startsAt: number | null;
  /** From its start; null: until resolved or removed. */
  readonly durationMillis: number | null;
  readonly by: string;
  readonly comment: string;
}

/** Figures of a store. */
export interface StoreStats {
  /** Alerts that are not resolved. */
  readonly active: number;
  /** Alerts kept, resolved ones included. */
  readonly alerts: number;
  readonly silences: number;
  /** Deliveries that are not settled for good, per channel. */
  readonly pending: Readonly<Record<string, number>>;
  /** How long the oldest of them has waited, milliseconds; 0: none. */
  readonly oldestPendingMillis: number;
  /** Notifications that did not fit in the outbox, since the store (in memory) or its data (shared) began. */
  readonly dropped: number;
  /** Resolved alerts that were forgotten before their retention to make room. */
  readonly evicted: number;
}

/** A store that has no room for one more alert: nothing was stored. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}
