import {
  alertDueAt,
  advanceAlert,
  changeAlert,
  occurrencesWithin,
  raiseAlert,
  unraisedAlert,
} from './lifecycle.js';
import { publicAlert, type AlertState, type Cause } from './alert.js';
import { systemClock, type Clock } from './clock.js';
import { checkedNumber } from './configuration.js';
import type { DeliveryTrace, HistoryEntry, HistoryEvent } from './history.js';
import type { Effects } from './lifecycle.js';
import { MemoryOutbox, type QueuedDelivery } from './memory-outbox.js';
import { MemorySilences } from './memory-silences.js';
import type { Delivery, Notification } from './notification.js';
import { OpeningIndex } from './opening-index.js';
import { matches } from './silence.js';
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
} from './store.js';
import type { Silence } from './silence.js';
import { TimerQueue, type Timed } from './timer-queue.js';

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

interface Slot extends Timed {
  readonly kind: 'alert';
  readonly state: AlertState;
  history: HistoryEntry[];
  /** How many lines of history were dropped before the first. */
  forgotten: number;
  /** Number in the index of active alerts; 0: not in it. */
  opening: number;
}

interface Watch extends Timed {
  readonly kind: 'watch';
  command: RaiseCommand;
  fired: boolean;
}

/** A clock may go back by less than this without anything being moved. */
const clockJitterMillis = 1000;

/** Everything in this process's memory: fast, bounded, and gone when the process ends. */
export class MemoryStore implements AlertStore {
  readonly shared = false;
  readonly #clock: Clock;
  readonly #maxAlerts: number;
  readonly #maxHistory: number;
  readonly #retentionMillis: number;
  readonly #slots = new Map<string, Slot>();
  readonly #active = new OpeningIndex<Slot>();
  readonly #resolved = new Set<Slot>();
  readonly #watches = new Map<string, Watch>();
  readonly #timers = new TimerQueue<Slot | Watch>();
  readonly #outbox: MemoryOutbox;
  readonly #silences: MemorySilences;
  readonly #effects: Effects;
  #touched: string[] = [];
  #order = 0;
  #latest = -Infinity;
  #dropped = 0;
  #evicted = 0;
  #silencesPrunedAt = 0;

  constructor(options: MemoryStoreOptions = {}) {
    const whole = (name: keyof MemoryStoreOptions, fallback: number): number =>
      checkedNumber(name, options[name] ?? fallback, { min: 1, integer: true });
    this.#clock = options.clock ?? systemClock;
    this.#maxAlerts = whole('maxAlerts', 200_000);
    this.#maxHistory = whole('maxHistoryPerAlert', 100);
    this.#retentionMillis = whole('retentionMillis', 7 * 86_400_000);
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
      const slot = this.#slots.get(command.id) ?? this.#newSlot(command);
      const effect = raiseAlert(slot.state, command, now, this.#effects);
      this.#place(slot);
      const { keepWindowMillis } = slot.state.plan;
      const { opened, escalated, duplicate } = effect;
      return {
        alert: publicAlert(slot.state),
        opened,
        escalated,
        duplicate,
        recent: occurrencesWithin(slot.state, keepWindowMillis, now),
        channels: this.#touched,
        nextDueInMillis: dueIn(alertDueAt(slot.state), now),
      };
    });
  }

  change(id: string, change: AlertChange): Promise<ChangeOutcome> {
    return attempt(() => {
      const now = this.#now();
      this.#touched = [];
      const slot = this.#slots.get(id);
      if (slot === undefined) {
        return { changed: false, alert: null, channels: [], nextDueInMillis: null };
      }
      const changed = changeAlert(slot.state, change, now, this.#effects);
      if (changed) this.#place(slot);
      return {
        changed,
        alert: publicAlert(slot.state),
        channels: this.#touched,
        nextDueInMillis: dueIn(alertDueAt(slot.state), now),
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
        if (due.kind === 'watch') this.#fire(due, now);
        else if (due.state.status === 'resolved') this.#forget(due);
        else {
          advanceAlert(due.state, now, this.#effects);
          this.#place(due);
        }
        due = this.#timers.peek();
      }
      const next = this.#timers.peek()?.dueAt ?? null;
      return { advanced, channels: [...new Set(this.#touched)], nextDueInMillis: dueIn(next, now) };
    });
  }

  watch(command: RaiseCommand, withinMillis: number): Promise<{ readonly fired: boolean }> {
    return attempt(() => {
      const now = this.#now();
      let watch = this.#watches.get(command.id);
      if (watch === undefined) {
        if (this.#watches.size >= this.#maxAlerts) {
          throw new StoreFullError(`no room for more than ${this.#maxAlerts} watches`);
        }
        this.#order += 1;
        watch = { kind: 'watch', command, fired: false, dueAt: 0, order: this.#order, place: -1 };
        this.#watches.set(command.id, watch);
      }
      const { fired } = watch;
      watch.command = command;
      watch.fired = false;
      this.#timers.set(watch, now + withinMillis);
      return { fired };
    });
  }

  unwatch(id: string): Promise<boolean> {
    return attempt(() => {
      const watch = this.#watches.get(id);
      if (watch === undefined) return false;
      this.#timers.remove(watch);
      return this.#watches.delete(id);
    });
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
        const slot = this.#slots.get(alert.id);
        if (slot === undefined) continue;
        const what = heldBack.includes(place) ? 'suppressed' : event;
        const { status, severity, escalationLevel } = slot.state;
        const { cause } = settlement;
        const { episode } = alert;
        this.#append(slot, {
          at: now,
          event: what,
          cause,
          episode,
          status,
          severity,
          escalationLevel,
          delivery: trace,
        });
      }
      return true;
    });
  }

  get(id: string): Promise<AlertState | null> {
    return attempt(() => {
      const state = this.#slots.get(id)?.state;
      return state === undefined ? null : { ...state };
    });
  }

  active(query: ActiveQuery): Promise<Page<AlertState>> {
    return attempt(() => {
      const { limit, cursor, status, matchers = [] } = query;
      const items: AlertState[] = [];
      let last = 0;
      for (const [number, { state }] of this.#active.latestFirst(position(cursor))) {
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
      const slot = this.#slots.get(id);
      if (slot === undefined) return { items: [], cursor: null };
      const { history, forgotten } = slot;
      const end = Math.min(history.length, position(query.cursor) - forgotten);
      if (end <= 0) return { items: [], cursor: null };
      const start = Math.max(0, end - query.limit);
      const items = history.slice(start, end).reverse();
      return { items, cursor: start === 0 ? null : String(start + forgotten) };
    });
  }

  occurrences(id: string, windowMillis: number): Promise<number> {
    return attempt(() => {
      const state = this.#slots.get(id)?.state;
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
      const slots = [...this.#slots.values()].filter(({ state }) => belongs(state));
      for (const watch of [...this.#watches.values()]) {
        if (!belongs(watch.command)) continue;
        this.#timers.remove(watch);
        this.#watches.delete(watch.command.id);
      }
      const ids = new Set(slots.map(({ state }) => state.id));
      this.#outbox.erase(ids, this.#now());
      this.#silences.erase(ids);
      for (const slot of slots) this.#forget(slot);
      return slots.length;
    });
  }

  stats(): Promise<StoreStats> {
    return attempt(() => {
      const now = this.#now();
      return {
        active: this.#active.size,
        alerts: this.#slots.size,
        silences: this.#silences.list(now).length,
        ...this.#outbox.stats(now),
        dropped: this.#dropped,
        evicted: this.#evicted,
      };
    });
  }

  /** The clock's time; what waits is moved along when somebody sets the clock back. */
  #now(): number {
    const now = this.#clock.now();
    const jump = now - this.#latest;
    if (jump < -clockJitterMillis && this.#latest !== -Infinity) {
      for (const { state } of this.#slots.values()) shiftState(state, jump);
      this.#timers.shift(jump);
      this.#outbox.shift(jump);
    }
    this.#latest = now;
    return now;
  }

  #newSlot(command: RaiseCommand): Slot {
    if (this.#slots.size >= this.#maxAlerts) {
      const [longest] = this.#resolved;
      if (longest === undefined) {
        throw new StoreFullError(`no room: ${this.#maxAlerts} alerts are active (maxAlerts)`);
      }
      this.#forget(longest);
      this.#evicted += 1;
    }
    this.#order += 1;
    const slot: Slot = {
      kind: 'alert',
      state: unraisedAlert(command),
      history: [],
      forgotten: 0,
      opening: 0,
      dueAt: 0,
      order: this.#order,
      place: -1,
    };
    this.#slots.set(command.id, slot);
    return slot;
  }

  /** Puts a slot where its state belongs: among the active or the resolved, and at its next timer. */
  #place(slot: Slot): void {
    const { state } = slot;
    if (state.status === 'resolved') {
      this.#active.remove(slot.opening);
      slot.opening = 0;
      this.#resolved.add(slot);
      this.#timers.set(slot, (state.resolvedAt ?? 0) + this.#retentionMillis);
      return;
    }
    if (slot.opening === 0) {
      this.#resolved.delete(slot);
      slot.opening = this.#active.add(slot);
    }
    const due = alertDueAt(state);
    if (due === null) this.#timers.remove(slot);
    else if (due !== slot.dueAt || slot.place < 0) this.#timers.set(slot, due);
  }

  #forget(slot: Slot): void {
    this.#timers.remove(slot);
    this.#active.remove(slot.opening);
    this.#resolved.delete(slot);
    this.#slots.delete(slot.state.id);
  }

  /** Every minute is often enough: an ended silence is not applied, it only takes room. */
  #pruneSilences(now: number): void {
    if (Math.abs(now - this.#silencesPrunedAt) < 60_000) return;
    this.#silencesPrunedAt = now;
    this.#silences.prune(now, ({ alertId, episode }) => {
      if (alertId === null || episode === null) return false;
      return (this.#slots.get(alertId)?.state.episode ?? Infinity) > episode;
    });
  }

  #fire(watch: Watch, now: number): void {
    this.#timers.remove(watch);
    watch.fired = true;
    const { command } = watch;
    try {
      const slot = this.#slots.get(command.id) ?? this.#newSlot(command);
      raiseAlert(slot.state, command, now, this.#effects);
      this.#place(slot);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      this.#dropped += 1;
    }
  }

  #record(state: AlertState, event: HistoryEvent, cause: Cause, now: number): void {
    const slot = this.#slots.get(state.id);
    if (slot !== undefined) this.#append(slot, entry(state, event, cause, now));
  }

  #append(slot: Slot, line: HistoryEntry): void {
    // A grown array has room for 16 more: most alerts have a few lines only.
    if (slot.history.length < 8) slot.history = slot.history.concat(line);
    else slot.history.push(line);
    if (slot.history.length > this.#maxHistory) {
      slot.history.shift();
      slot.forgotten += 1;
    }
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
        const state = this.#slots.get(notification.alert.id)?.state;
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

function entry(state: AlertState, event: HistoryEvent, cause: Cause, at: number): HistoryEntry {
  const { episode, status, severity, escalationLevel } = state;
  return { at, event, cause, episode, status, severity, escalationLevel };
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

function shiftState(state: AlertState, millis: number): void {
  state.lastOccurrenceAt += millis;
  state.firedAt += millis;
  state.recent = state.recent.map((time) => time + millis);
  state.openings = state.openings.map((time) => time + millis);
  if (state.clearAt !== null) state.clearAt += millis;
  if (state.resolvedAt !== null) state.resolvedAt += millis;
  if (state.reminder !== null) {
    state.reminder = { ...state.reminder, at: state.reminder.at + millis };
  }
}
