/** The steps of an iterator, as its class has them. */
export interface Steps {
  readonly next: Step;
  readonly return: Step | undefined;
  readonly throw: Step | undefined;
}

export type Step = (this: unknown, value?: unknown) => unknown;

// What nobody reads, leaves or aborts is over when nobody can any more.
const abandoned = new FinalizationRegistry<Observer>((observer) => observer.abandon());

/**
 * What is told of a call whose result is watched. None of it throws. All that watching a stream needs is
 * kept here, as thousands may be open at once.
 */
export abstract class Observer {
  /** Steps of a stream that its reader waits for. */
  pendingSteps = 0;
  /** The steps of the iterator that is watched. */
  steps: Steps | undefined;
  /** Whether they belong to the call, so that they run in its context. */
  enters = false;
  /** Makes the iterator of a client's stream. */
  iterate: ((this: unknown) => object) | undefined;
  /** What aborts the call. */
  signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  #held = false;

  /** The result is a stream. */
  abstract streams(): void;
  /** A whole result. */
  abstract respond(value: unknown): void;
  /** A chunk of a stream. */
  abstract chunk(value: unknown): void;
  /** The result is there, or has been read to its end. */
  abstract succeed(): void;
  /** A stream was left by its reader. */
  abstract leave(): void;
  /** A stream was aborted. */
  abstract abort(): void;
  /** A stream was let go of. */
  abstract abandon(): void;
  abstract fail(error: unknown): void;
  /** Runs what belongs to the call. */
  abstract enter<T>(fn: () => T): T;

  /** Has the call end when `object`, which alone can be read from, is collected. */
  endWith(object: object): void {
    if (this.#held) abandoned.unregister(this);
    this.#held = true;
    abandoned.register(object, this, this);
  }

  /**
   * Has the call end when it is aborted between two steps, or before the first. In the middle of a step
   * the step itself tells: clients abort a stream that has failed, too.
   */
  endOnAbort(signal: AbortSignal | undefined): void {
    this.signal = signal;
    if (signal === undefined) return;
    if (signal.aborted) {
      this.abort();
      return;
    }
    this.#onAbort = () => {
      if (this.pendingSteps === 0) this.abort();
    };
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Lets go of what watches the stream. */
  protected release(): void {
    if (this.#held) abandoned.unregister(this);
    if (this.#onAbort !== undefined) this.signal?.removeEventListener('abort', this.#onAbort);
    this.#held = false;
    this.#onAbort = undefined;
  }
}
