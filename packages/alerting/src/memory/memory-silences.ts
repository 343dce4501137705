import { StoreFullError, type SilenceCommand } from '../store.js';
import type { Silence } from '../noise/silence.js';

/** The silences of the store in memory, with a version that tells when to look again. */
export class MemorySilences {
  readonly #byId = new Map<string, Silence>();
  readonly #max: number;
  #version = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get version(): string {
    return String(this.#version);
  }

  add(command: SilenceCommand, now: number): Silence {
    this.prune(now, () => false);
    if (!this.#byId.has(command.id) && this.#byId.size >= this.#max) {
      throw new StoreFullError(`no room: there are ${this.#max} silences (maxSilences)`);
    }
    const { durationMillis, ...rest } = command;
    const startsAt = command.startsAt ?? now;
    const endsAt = durationMillis === null ? null : startsAt + durationMillis;
    const silence: Silence = { ...rest, startsAt, endsAt };
    this.#byId.set(silence.id, silence);
    this.#version += 1;
    return silence;
  }

  remove(id: string): boolean {
    const removed = this.#byId.delete(id);
    if (removed) this.#version += 1;
    return removed;
  }

  /** Removes those of these alerts. */
  erase(alertIds: ReadonlySet<string>): void {
    for (const { id, alertId } of [...this.#byId.values()]) {
      if (alertId !== null && alertIds.has(alertId)) this.remove(id);
    }
  }

  list(now: number): readonly Silence[] {
    return [...this.#byId.values()].filter(({ endsAt }) => endsAt === null || endsAt > now);
  }

  /** Forgets what has ended, by time or because the episode that it was for is over. */
  prune(now: number, isOver: (silence: Silence) => boolean): void {
    for (const silence of [...this.#byId.values()]) {
      const ended = silence.endsAt !== null && silence.endsAt <= now;
      if (ended || isOver(silence)) this.remove(silence.id);
    }
  }
}
