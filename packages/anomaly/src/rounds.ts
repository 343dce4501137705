/** Repeats asynchronous work on a clock; a round that is due while one is running is skipped. */
export class Rounds {
  readonly #intervalMillis: number;
  readonly #work: () => Promise<void>;
  readonly #onSkipped: () => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  /** `work` must not reject. */
  constructor(intervalMillis: number, work: () => Promise<void>, onSkipped: () => void) {
    this.#intervalMillis = intervalMillis;
    this.#work = work;
    this.#onSkipped = onSkipped;
  }

  /** Starts; the first round is one interval away. The timer keeps no process alive. */
  start(): void {
    this.#timer = setInterval(() => this.#round(), this.#intervalMillis);
    this.#timer.unref();
  }

  /** Stops, and resolves when the round in progress is through. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  get isStarted(): boolean {
    return this.#timer !== undefined;
  }

  #round(): void {
    if (this.#running !== undefined) {
      this.#onSkipped();
      return;
    }
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
    });
  }
}
