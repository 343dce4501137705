/** Rejection of a call that took longer than it was given. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(millis: number) {
    super(`no answer within ${millis} ms`);
  }
}

/** A call that never settles is given up after this many deadlines, so that a lost answer is not for ever. */
const abandonFactor = 15;

/**
 * One asynchronous call under a deadline. Callers at the same time share one run; while a run that
 * missed its deadline is still unsettled, further callers fail at once, so that a store which hangs
 * gathers no queue of work.
 */
export class BoundedCall<T> {
  readonly #work: () => Promise<T>;
  readonly #deadlineMillis: number;
  #run: { readonly result: Promise<T>; readonly startedAt: number } | undefined;

  constructor(work: () => Promise<T>, deadlineMillis: number) {
    this.#work = work;
    this.#deadlineMillis = deadlineMillis;
  }

  call(): Promise<T> {
    const now = performance.now();
    if (this.#run && now - this.#run.startedAt < this.#deadlineMillis * abandonFactor) {
      return this.#run.result;
    }
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new DeadlineError(this.#deadlineMillis)),
        this.#deadlineMillis,
      );
    });
    // Inside an async function: work that throws synchronously rejects.
    const work = (async () => this.#work())();
    const run = { result: Promise.race([work, expiry]), startedAt: now };
    const settled = (): void => {
      clearTimeout(timer);
      if (this.#run === run) this.#run = undefined;
    };
    work.then(settled, settled);
    this.#run = run;
    return run.result;
  }
}
