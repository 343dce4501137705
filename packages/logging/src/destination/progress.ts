/** Tells whether a destination still moves, and lets callers wait until it has everything. */
export class Progress {
  readonly #timeoutMillis: number;
  readonly #waiting = new Set<() => void>();
  #last = 0;

  constructor(timeoutMillis: number) {
    this.#timeoutMillis = timeoutMillis;
  }

  /** Notes that the destination took something. */
  note(): void {
    this.#last = Date.now();
  }

  /** Whether nothing moved for the time limit, at least since `since`, milliseconds since 1970. */
  stalled(since: number): boolean {
    return Date.now() - Math.max(since, this.#last) > this.#timeoutMillis;
  }

  /** Resolves at the next `done()`, or as soon as the destination has stalled. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      const since = Date.now();
      const finish = (): void => {
        clearInterval(watch);
        this.#waiting.delete(finish);
        resolve();
      };
      const watch = setInterval(() => {
        if (this.stalled(since)) finish();
      }, 20);
      this.#waiting.add(finish);
    });
  }

  /** Everything is handed over. */
  done(): void {
    for (const finish of this.#waiting) finish();
  }
}
