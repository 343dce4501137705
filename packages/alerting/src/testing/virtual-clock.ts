import type { WakingClock } from '../clock.js';

interface Waiting {
  at: number;
  readonly callback: () => void;
}

/** A clock that moves only when it is told to, for tests that simulate hours or months. */
export class VirtualClock implements WakingClock {
  #now: number;
  readonly #waiting = new Set<Waiting>();

  /** Starts at this time; default 2026-01-01T00:00:00Z. */
  constructor(startMillis = Date.UTC(2026, 0, 1)) {
    this.#now = startMillis;
  }

  now(): number {
    return this.#now;
  }

  schedule(callback: () => void, delayMillis: number): () => void {
    const waiting = { at: this.#now + Math.max(0, delayMillis), callback };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  /** Lets time pass: calls everybody who becomes due, in order, and lets each finish before the next. */
  async advance(millis: number): Promise<void> {
    const end = this.#now + millis;
    await drain();
    for (;;) {
      let next: Waiting | undefined;
      for (const waiting of this.#waiting) {
        if (waiting.at <= end && (next === undefined || waiting.at < next.at)) next = waiting;
      }
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await drain();
    }
    this.#now = end;
    await drain();
  }

  /**
   * Sets the clock, forwards or back, without anything having happened in between: a clock that jumps.
   * Whoever waits still waits as long as before when it goes back, and is overdue when it goes ahead.
   */
  jump(millis: number): void {
    this.#now += millis;
    if (millis < 0) for (const waiting of this.#waiting) waiting.at += millis;
  }
}

/** Everything that is ready runs: promises, and what gave others a turn. */
async function drain(): Promise<void> {
  for (let round = 0; round < 4; round += 1) await new Promise(setImmediate);
}
