import type { SendContext } from '../channels/channel.js';

/**
 * One attempt to send: what the channel is given, and how it is ended from outside. Its signal is made
 * when a channel asks for it: most of the cost of a cheap channel would be the signal.
 */
export class SendAttempt implements SendContext {
  readonly now: () => number;
  /** Why it was ended from outside; null: it was not. */
  abortedBy: Error | null = null;
  #controller: AbortController | null = null;
  #onAbort: ((reason: Error) => void) | null = null;

  constructor(now: () => number) {
    this.now = now;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.abortedBy !== null) this.#controller.abort(this.abortedBy);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    if (this.abortedBy !== null) return;
    this.abortedBy = reason;
    this.#controller?.abort(reason);
    this.#onAbort?.(reason);
  }

  /** Ends when the work ends or this attempt is aborted, whichever is first. */
  race(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onAbort = reject;
      work.then(resolve, reject);
      if (this.abortedBy !== null) reject(this.abortedBy);
    });
  }
}
