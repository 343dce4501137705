import { publicAlert, type AlertState, type Cause } from '../alert.js';
import { systemClock, type Clock } from '../clock.js';
import { checkedNumber } from '../configuration.js';
import type { DeliveryTrace, HistoryEntry, HistoryEvent } from '../history.js';
import { advanceAlert, alertDueAt, changeAlert, raiseAlert, type Effects } from '../lifecycle.js';
import type { Delivery, Notification } from '../notification.js';
import { occurrencesWithin } from '../recurrence.js';
import { matches, type Silence } from '../noise/silence.js';
import {
  StoreFullError,
  type ActiveQuery,
  type AdvanceOutcome,
  type AlertChange,
  type AlertStore,
  type ChangeOutcome,
  type ClaimCommand,
  type ClaimOutcome,
  type Page,
  type PageQuery,
  type RaiseCommand,
  type RaiseOutcome,
  type Settlement,
  type SilenceCommand,
  type StoreStats,
} from '../store.js';
import { MemoryAlerts, type MemoryAlert } from './memory-alerts.js';
import { appendLine, historyPage } from './memory-history.js';
import { MemoryOutbox, type QueuedDelivery } from './memory-outbox.js';
import { MemorySilences } from './memory-silences.js';
import { MemoryWatches, type MemoryWatch } from './memory-watches.js';
import { TimerQueue } from './timer-queue.js';

/** Bounds of the store in memory. */
export interface MemoryStoreOptions {
  /** The clock that decides. Default: the machine's. */
  readonly clock?: Clock;
  /** Alerts kept, resolved ones included; beyond it the longest resolved are forgotten. Default 200 000. */
  readonly maxAlerts?: number;
  /** Lines of history per alert; the oldest go first. Default 100. */
  readonly maxHistoryPerAlert?: number;
  /** How long a resolved alert and its history are kept, milliseconds. Default 7 days. */
  readonly retentionMillis?: number;
  /** Deliveries waiting per channel; more are dropped, recorded and counted. Default 200 000. */
  readonly maxPendingPerChannel?: number;
  /** Silences at a time. Default 10 000. */
  readonly maxSilences?: number;
}

/** A clock may go back by less than this without anything being moved. */
const clockJitterMillis = 1000;

/** Everything in this process's memory: fast, bounded, and gone when the process ends. */
export class MemoryStore implements AlertStore {
  readonly shared = false;
  readonly #clock: Clock;
  readonly #maxHistory: number;
  readonly #timers = new TimerQueue<MemoryAlert | MemoryWatch>();
  readonly #alerts: MemoryAlerts;
  readonly #watches: MemoryWatches;
  readonly #outbox: MemoryOutbox;
  readonly #silences: MemorySilences;
  readonly #effects: Effects;
  #touched: string[] = [];
  #latest = -Infinity;
  #dropped = 0;
  #silencesPrunedAt = 0;

  constructor(options: MemoryStoreOptions = {}) {
    const whole = (name: keyof MemoryStoreOptions, fallback: number): number =>
      checkedNumber(name, options[name] ?? fallback, { min: 1, integer: true });
    this.#clock = options.clock ?? systemClock;
    const maxAlerts = whole('maxAlerts', 200_000);
    const retentionMillis = whole('retentionMillis', 7 * 86_400_000);
    this.#maxHistory = whole('maxHistoryPerAlert', 100);
    this.#alerts = new MemoryAlerts(this.#timers, { maxAlerts, retentionMillis });
    this.#watches = new MemoryWatches(this.#timers, maxAlerts);
    this.#outbox = new MemoryOutbox(whole('maxPendingPerChannel', 200_000));
    this.#silences = new MemorySilences(whole('maxSilences', 10_000));
    this.#effects = {
      record: (state, event, cause, now) => this.#record(state, event, cause, now),
      notify: (state, channels, notification) => this.#notify(state, channels, notification),
    };
  }

  raise(command: RaiseCommand): Promise<RaiseOutcome> {
    return attempt(() => {
      const now = this.#now();
      this.#touched = [];
      const alert = this.#alerts.raised(command);
      const { state } = alert;
      const { opened, escalated, duplicate } = raiseAlert(state, command, now, this.#effects);
      this.#alerts.place(alert);
      return {
        alert: publicAlert(state),
        opened,
        escalated,
        duplicate,
        recent: occurrencesWithin(state, state.plan.keepWindowMillis, now),
        channels: this.#touched,
        nextDueInMillis: dueIn(alertDueAt(state), now),
      };
    });
  }

  change(id: string, change: AlertChange): Promise<ChangeOutcome> {
    return attempt(() => {
      const now = this.#now();
      this.#touched = [];
      const alert = this.#alerts.get(id);
      if (alert === undefined) {
        return { changed: false, alert: null, channels: [], nextDueInMillis: null };
      }
      const changed = changeAlert(alert.state, change, now, this.#effects);
      if (changed) this.#alerts.place(alert);
      return {
        changed,
        alert: publicAlert(alert.state),
        channels: this.#touched,
        nextDueInMillis: dueIn(alertDueAt(alert.state), now),
      };
    });
  }

  advance(limit: number): Promise<AdvanceOutcome> {
    return attempt(() => {
      const now = this.#now();
      this.#touched = [];
      this.#pruneSilences(now);
      let advanced = 0;
      for (let due = this.#timers.peek(); due !== undefined && due.dueAt <= now;) {
        if (advanced === limit) break;
        advanced += 1;
        if ('command' in due) this.#fire(due, now);
        else if (due.state.status === 'resolved') this.#alerts.forget(due);
        else {
          advanceAlert(due.state, now, this.#effects);
          this.#alerts.place(due);
        }
        due = this.#timers.peek();
      }
      const next = this.#timers.peek()?.dueAt ?? null;
      return { advanced, channels: [...new Set(this.#touched)], nextDueInMillis: dueIn(next, now) };
    });
  }

  watch(command: RaiseCommand, withinMillis: number): Promise<{ readonly fired: boolean }> {
    return attempt(() => ({ fired: this.#watches.arm(command, this.#now() + withinMillis) }));
  }

  unwatch(id: string): Promise<boolean> {
    return attempt(() => this.#watches.remove(id));
  }

  claim(command: ClaimCommand): Promise<ClaimOutcome> {
    return attempt(() => {
      const now = this.#now();
      const claimed = this.#outbox.claim(command, now);
      const { version } = this.#silences;
      return {
        deliveries: claimed.map((delivery) => this.#delivery(delivery)),
        now,
        nextDueInMillis: this.#outbox.nextDueIn(command.channel, command.rate !== null, now),
        silencesVersion: version,
        silences: command.silencesVersion === version ? null : this.#silences.list(now),
      };
    });
  }

  renew(
    held: readonly { readonly id: string; readonly lease: string }[],
    leaseMillis: number,
  ): Promise<readonly string[]> {
    return attempt(() => {
      const now = this.#now();
      return held
        .filter(({ id, lease }) => !this.#outbox.renew(id, lease, leaseMillis, now))
        .map(({ id }) => id);
    });
  }

  settle(settlement: Settlement): Promise<boolean> {
    return attempt(() => {
      const now = this.#now();
      const delivery = this.#outbox.settle(settlement, now);
      if (delivery === undefined) return false;
      const { outcome } = settlement;
      const event = outcome.kind === 'later' ? outcome.event : outcome.kind;
      if (event === null) return true;
      const trace: DeliveryTrace = {
        id: delivery.id,
        channel: delivery.channel,
        attempt: delivery.attempts,
        durationMillis: settlement.durationMillis,
      };
      const heldBack = outcome.kind === 'delivered' ? (outcome.heldBack?.places ?? []) : [];
      for (const [place, { alert }] of delivery.notifications.entries()) {
        const kept = this.#alerts.get(alert.id);
        const what = heldBack.includes(place) ? 'suppressed' : event;
        if (kept !== undefined) {
          this.#append(kept, what, settlement.cause, alert.episode, now, trace);
        }
      }
      return true;
    });
  }

  get(id: string): Promise<AlertState | null> {
    return attempt(() => {
      const state = this.#alerts.get(id)?.state;
      return state === undefined ? null : { ...state };
    });
  }

  active(query: ActiveQuery): Promise<Page<AlertState>> {
    return attempt(() => {
      const { limit, cursor, status, matchers = [] } = query;
      const items: AlertState[] = [];
      let last = 0;
      for (const [number, { state }] of this.#alerts.active.latestFirst(position(cursor))) {
        if (status !== undefined && state.status !== status) continue;
        if (!matches(matchers, state)) continue;
        if (items.length === limit) return { items, cursor: String(last) };
        items.push({ ...state });
        last = number;
      }
      return { items, cursor: null };
    });
  }

  history(id: string, query: PageQuery): Promise<Page<HistoryEntry>> {
    return attempt(() => {
      const alert = this.#alerts.get(id);
      if (alert === undefined) return { items: [], cursor: null };
      return historyPage(alert, query, position(query.cursor));
    });
  }

  occurrences(id: string, windowMillis: number): Promise<number> {
    return attempt(() => {
      const state = this.#alerts.get(id)?.state;
      return state === undefined ? 0 : occurrencesWithin(state, windowMillis, this.#now());
    });
  }

  silence(command: SilenceCommand): Promise<Silence> {
    return attempt(() => this.#silences.add(command, this.#now()));
  }

  unsilence(id: string): Promise<boolean> {
    return attempt(() => this.#silences.remove(id));
  }

  silences(): Promise<readonly Silence[]> {
    return attempt(() => this.#silences.list(this.#now()));
  }

  erase(labels: Readonly<Record<string, string>>): Promise<number> {
    return attempt(() => {
      const wanted = Object.entries(labels);
      if (wanted.length === 0) return 0;
      const belongs = (owner: { readonly labels: Readonly<Record<string, string>> }): boolean =>
        wanted.every(([label, value]) => owner.labels[label] === value);
      this.#watches.erase(belongs);
      const erased = [...this.#alerts.values()].filter(({ state }) => belongs(state));
      const ids = new Set(erased.map(({ state }) => state.id));
      this.#outbox.erase(ids, this.#now());
      this.#silences.erase(ids);
      for (const alert of erased) this.#alerts.forget(alert);
      return erased.length;
    });
  }

  stats(): Promise<StoreStats> {
    return attempt(() => {
      const now = this.#now();
      return {
        active: this.#alerts.active.size,
        alerts: this.#alerts.size,
        silences: this.#silences.list(now).length,
        ...this.#outbox.stats(now),
        dropped: this.#dropped,
        evicted: this.#alerts.evicted,
      };
    });
  }

  /** The clock's time; what waits is moved along when somebody sets the clock back. */
  #now(): number {
    const now = this.#clock.now();
    const jump = now - this.#latest;
    if (jump < -clockJitterMillis && this.#latest !== -Infinity) {
      this.#alerts.shift(jump);
      this.#timers.shift(jump);
      this.#outbox.shift(jump);
    }
    this.#latest = now;
    return now;
  }

  /** Every minute is often enough: an ended silence is not applied, it only takes room. */
  #pruneSilences(now: number): void {
    if (Math.abs(now - this.#silencesPrunedAt) < 60_000) return;
    this.#silencesPrunedAt = now;
    this.#silences.prune(now, ({ alertId, episode }) => {
      if (alertId === null || episode === null) return false;
      return (this.#alerts.get(alertId)?.state.episode ?? Infinity) > episode;
    });
  }

  #fire(watch: MemoryWatch, now: number): void {
    this.#watches.disarm(watch);
    try {
      const alert = this.#alerts.raised(watch.command);
      raiseAlert(alert.state, watch.command, now, this.#effects);
      this.#alerts.place(alert);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      this.#dropped += 1;
    }
  }

  #record(state: AlertState, event: HistoryEvent, cause: Cause, now: number): void {
    const alert = this.#alerts.get(state.id);
    if (alert !== undefined) this.#append(alert, event, cause, state.episode, now);
  }

  #append(
    alert: MemoryAlert,
    event: HistoryEvent,
    cause: Cause,
    episode: number,
    at: number,
    trace?: DeliveryTrace,
  ): void {
    appendLine(alert, alert.state, { at, event, cause, episode }, this.#maxHistory, trace);
  }

  #notify(state: AlertState, channels: readonly string[], notification: Notification): void {
    const { id, group, plan } = state;
    const target = { id, group, waitMillis: plan.groupWaitMillis };
    for (const channel of channels) {
      if (this.#outbox.enqueue(channel, notification, target, notification.at)) {
        this.#touched.push(channel);
      } else {
        this.#dropped += 1;
        const note = `the outbox of channel ${channel} is full`;
        this.#record(state, 'dropped', { kind: 'overflow', note }, notification.at);
      }
    }
  }

  #delivery(queued: QueuedDelivery): Delivery {
    return {
      id: queued.id,
      channel: queued.channel,
      group: queued.group,
      attempt: queued.attempts,
      heldBack: queued.heldBack,
      createdAt: queued.createdAt,
      lease: queued.lease ?? '',
      notifications: queued.notifications.map((notification) => {
        const state = this.#alerts.get(notification.alert.id)?.state;
        const { kind, at, step, cause, alert } = notification;
        if (state === undefined) return { kind, at, step, cause, alert, current: null };
        const { status, episode, escalationLevel } = state;
        const current = { status, episode, escalationLevel };
        return { kind, at, step, cause, alert, current };
      }),
    };
  }
}

/** One turn of the event loop is one atomic step; what it throws becomes a rejection. */
function attempt<T>(step: () => T): Promise<T> {
  try {
    return Promise.resolve(step());
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

function dueIn(dueAt: number | null, now: number): number | null {
  return dueAt === null ? null : Math.max(0, dueAt - now);
}

function position(cursor: string | null): number {
  if (cursor === null) return Infinity;
  const number = Number(cursor);
  if (!Number.isSafeInteger(number)) throw new RangeError(`not a cursor of this store: ${cursor}`);
  return number;
}
