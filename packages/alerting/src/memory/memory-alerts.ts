import type { AlertState } from '../alert.js';
import { alertDueAt, unraisedAlert } from '../lifecycle.js';
import { StoreFullError, type RaiseCommand } from '../store.js';
import type { MemoryHistory } from './memory-history.js';
import type { MemoryWatch } from './memory-watches.js';
import { OpeningIndex } from './opening-index.js';
import type { TimerQueue, Timed } from './timer-queue.js';

/** An alert that is kept, and where it stands. */
export interface MemoryAlert extends Timed, MemoryHistory {
  readonly state: AlertState;
  /** Number in the index of active alerts; 0: not in it. */
  opening: number;
}

/** The alerts of the store in memory: by id, by opening while active, and by their next timer. */
export class MemoryAlerts {
  readonly active = new OpeningIndex<MemoryAlert>();
  readonly #byId = new Map<string, MemoryAlert>();
  readonly #resolved = new Set<MemoryAlert>();
  readonly #timers: TimerQueue<MemoryAlert | MemoryWatch>;
  readonly #max: number;
  readonly #retentionMillis: number;
  #order = 0;
  #evicted = 0;

  constructor(
    timers: TimerQueue<MemoryAlert | MemoryWatch>,
    limits: { readonly maxAlerts: number; readonly retentionMillis: number },
  ) {
    this.#timers = timers;
    this.#max = limits.maxAlerts;
    this.#retentionMillis = limits.retentionMillis;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Resolved alerts that were forgotten before their retention to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  get(id: string): MemoryAlert | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<MemoryAlert> {
    return this.#byId.values();
  }

  /** The alert that a command raises, new where it was never raised; throws when there is no room for it. */
  raised(command: RaiseCommand): MemoryAlert {
    const known = this.#byId.get(command.id);
    if (known !== undefined) return known;
    if (this.#byId.size >= this.#max) {
      const [longest] = this.#resolved;
      if (longest === undefined) {
        throw new StoreFullError(`no room: ${this.#max} alerts are active (maxAlerts)`);
      }
      this.forget(longest);
      this.#evicted += 1;
    }
    this.#order += 1;
    const alert: MemoryAlert = {
      state: unraisedAlert(command),
      latest: null,
      opening: 0,
      dueAt: 0,
      order: this.#order,
      place: -1,
    };
    this.#byId.set(command.id, alert);
    return alert;
  }

  /** Puts an alert where its state belongs: among the active or the resolved, and at its next timer. */
  place(alert: MemoryAlert): void {
    const { state } = alert;
    if (state.status === 'resolved') {
      this.active.remove(alert.opening);
      alert.opening = 0;
      this.#resolved.add(alert);
      this.#timers.set(alert, (state.resolvedAt ?? 0) + this.#retentionMillis);
      return;
    }
    if (alert.opening === 0) {
      this.#resolved.delete(alert);
      alert.opening = this.active.add(alert);
    }
    const due = alertDueAt(state);
    if (due === null) this.#timers.remove(alert);
    else if (due !== alert.dueAt || alert.place < 0) this.#timers.set(alert, due);
  }

  forget(alert: MemoryAlert): void {
    this.#timers.remove(alert);
    this.active.remove(alert.opening);
    this.#resolved.delete(alert);
    this.#byId.delete(alert.state.id);
  }

  /** Every time that is waited for or compared moves: the clock was set back. The timers move by themselves. */
  shift(millis: number): void {
    for (const { state } of this.#byId.values()) shiftState(state, millis);
  }
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
