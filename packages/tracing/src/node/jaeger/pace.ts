import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes a second at least: what waits is small then, and a receiver that stalls for 70 ms loses nothing. */
const leastRate = 2_000_000;
/** Seconds in which all that waits should be on its way. */
const drainSeconds = 1;

/** Lets bytes pass at a steady rate, which rises with what waits. */
export class Pace {
  readonly #burst: number;
  readonly #now: () => number;
  #credit: number;
  #last: number;

  /** @param burst bytes that may pass at once after a rest */
  constructor(burst: number, now: () => number = () => performance.now()) {
    this.#burst = burst;
    this.#now = now;
    this.#credit = burst;
    this.#last = now();
  }

  /** Waits until so many bytes may pass. */
  async turn(bytes: number, waitingBytes: number): Promise<void> {
    const rate = Math.max(leastRate, waitingBytes / drainSeconds);
    const now = this.#now();
    this.#credit = Math.min(this.#burst, this.#credit + ((now - this.#last) / 1000) * rate);
    this.#last = now;
    this.#credit -= bytes;
    // The debt is waited for, so that whoever comes next waits for it as well.
    if (this.#credit < 0) await sleep((-this.#credit / rate) * 1000);
  }
}
