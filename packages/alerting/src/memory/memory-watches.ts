import { StoreFullError, type RaiseCommand } from '../store.js';
import type { MemoryAlert } from './memory-alerts.js';
import type { TimerQueue, Timed } from './timer-queue.js';

/** A dead man's switch: raises its command when its time is over. */
export interface MemoryWatch extends Timed {
  command: RaiseCommand;
  fired: boolean;
}

/** The watches of the store in memory. */
export class MemoryWatches {
  readonly #byId = new Map<string, MemoryWatch>();
  readonly #timers: TimerQueue<MemoryAlert | MemoryWatch>;
  readonly #max: number;
  #order = 0;

  constructor(timers: TimerQueue<MemoryAlert | MemoryWatch>, max: number) {
    this.#timers = timers;
    this.#max = max;
  }

  /** Arms a watch; whether it had fired since it was armed last. */
  arm(command: RaiseCommand, dueAt: number): boolean {
    let watch = this.#byId.get(command.id);
    if (watch === undefined) {
      if (this.#byId.size >= this.#max) {
        throw new StoreFullError(`no room for more than ${this.#max} watches (maxAlerts)`);
      }
      this.#order += 1;
      watch = { command, fired: false, dueAt: 0, order: this.#order, place: -1 };
      this.#byId.set(command.id, watch);
    }
    const { fired } = watch;
    watch.command = command;
    watch.fired = false;
    this.#timers.set(watch, dueAt);
    return fired;
  }

  /** It fires: disarmed until it is armed again. */
  disarm(watch: MemoryWatch): void {
    this.#timers.remove(watch);
    watch.fired = true;
  }

  remove(id: string): boolean {
    const watch = this.#byId.get(id);
    if (watch === undefined) return false;
    this.#timers.remove(watch);
    return this.#byId.delete(id);
  }

  erase(belongs: (command: RaiseCommand) => boolean): void {
    for (const { command } of [...this.#byId.values()]) {
      if (belongs(command)) this.remove(command.id);
    }
  }
}
