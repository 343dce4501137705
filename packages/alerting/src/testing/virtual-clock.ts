import type { WakingClock } from '../clock.js';
import { TimerQueue, type Timed } from '../memory/timer-queue.js';

interface Waiting extends Timed {
  readonly callback: () => void;
}

/** Turns of the event loop that a step may take: somebody who never comes to rest does not stop the clock. */
const maxTurns = 1000;

/** A clock that moves only when it is told to, for tests that simulate hours or months. */
export class VirtualClock implements WakingClock {
  #now: number;
  readonly #waiting = new TimerQueue<Waiting>();
  #order = 0;
  #underWay = 0;
  #onIdle: (() => void)[] = [];

  /** Starts at this time; default 2026-01-01T00:00:00Z. */
  constructor(startMillis = Date.UTC(2026, 0, 1)) {
    this.#now = startMillis;
  }

  now(): number {
    return this.#now;
  }

  schedule(callback: () => void, delayMillis: number): () => void {
    const waiting: Waiting = { dueAt: 0, order: (this.#order += 1), place: -1, callback };
    this.#waiting.set(waiting, this.#now + Math.max(0, delayMillis));
    return () => this.#waiting.remove(waiting);
  }

  /** Lets time pass: calls everybody who becomes due, in order, and lets each finish before the next. */
  async advance(millis: number): Promise<void> {
    const end = this.#now + millis;
    await this.#rest();
    for (let next = this.#waiting.peek(); next !== undefined && next.dueAt <= end;) {
      this.#waiting.remove(next);
      this.#now = Math.max(this.#now, next.dueAt);
      next.callback();
      await this.#rest();
      next = this.#waiting.peek();
    }
    this.#now = end;
    await this.#rest();
  }

  /**
   * Sets the clock, forwards or back, without anything having happened in between: a clock that jumps.
   * Whoever waits still waits as long as before when it goes back, and is overdue when it goes ahead.
   */
  jump(millis: number): void {
    this.#now += millis;
    if (millis < 0) this.#waiting.shift(millis);
  }

  /**
   * The same object or function, whose promises this clock awaits before time goes on: for what really
   * takes time, such as a store in Redis (with `testOffsetMillis`) or the `fetch` of a webhook. What it
   * does must end by itself: time stands still meanwhile.
   */
  awaiting<T extends object>(worker: T): T {
    const track = (result: unknown): unknown => {
      if (result instanceof Promise) {
        this.#underWay += 1;
        const ended = (): void => this.#ended();
        void result.then(ended, ended);
      }
      return result;
    };
    return new Proxy(worker, {
      apply: (target, self, parameters) =>
        track(Reflect.apply(target as (...all: unknown[]) => unknown, self, parameters)),
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]) => track(Reflect.apply(member, target, parameters));
      },
    });
  }

  #ended(): void {
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }

  /** Everything that is ready runs: promises, what is awaited, and what gave others a turn. */
  async #rest(): Promise<void> {
    for (let turn = 0; turn < maxTurns; turn += 1) {
      if (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
      await new Promise(setImmediate);
      if (this.#underWay === 0 && !process.getActiveResourcesInfo().includes('Immediate')) return;
    }
  }
}
