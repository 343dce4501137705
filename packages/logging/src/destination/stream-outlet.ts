import type { Writable } from 'node:stream';
import { drainOnExit } from './exit-hook.js';
import { noteFailure, type Outlet, type OutletSettings } from './outlet.js';
import { Progress } from './progress.js';
import { flushOnSignals } from './signal-hook.js';

/**
 * Writes to a stream of the user's, one line a write, and respects its back-pressure: lines wait here
 * until it drains. The stream is never ended; its errors are counted instead of crashing the process.
 */
export class StreamOutlet implements Outlet {
  readonly #stream: Writable;
  readonly #settings: OutletSettings;
  readonly #undoHooks: readonly (() => void)[];
  readonly #progress: Progress;
  #inFlight = 0;
  #blocked = false;
  #closed = false;
  #broken = false;

  constructor(stream: Writable, settings: OutletSettings) {
    this.#stream = stream;
    this.#settings = settings;
    this.#progress = new Progress(settings.flushTimeoutMillis);
    this.#undoHooks = [drainOnExit(this), flushOnSignals(this, settings.signals)];
    stream.on('error', this.#onError);
    stream.on('drain', this.#onDrain);
    stream.on('close', this.#onClose);
  }

  write(line: string, _urgent: boolean, rank: number): void {
    const { queue, counters } = this.#settings;
    if (this.#closed || this.#broken || !this.#stream.writable) {
      counters.dropped++;
      return;
    }
    counters.dropped += queue.push(line, rank);
    this.#pump();
  }

  flush(): Promise<void> {
    this.#pump();
    if (!this.#pending()) return Promise.resolve();
    return this.#progress.wait();
  }

  drain(): void {
    // The stream keeps what it can still write; a stream that needs the event loop cannot.
    this.#blocked = false;
    const { queue } = this.#settings;
    for (let left = queue.length; left > 0; left--) {
      this.#pump();
      this.#blocked = false;
    }
  }

  close(done?: () => void): void {
    void this.flush().then(() => {
      this.#finish();
      done?.();
    });
    if (!this.#pending()) this.#finish();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const undo of this.#undoHooks) undo();
    const { queue, counters } = this.#settings;
    counters.dropped += queue.clear();
    this.#stream.off('drain', this.#onDrain);
    this.#stream.off('close', this.#onClose);
    // Its error listener stays while writes of ours are in flight: they may still fail.
    if (this.#inFlight === 0) this.#stream.off('error', this.#onError);
  }

  #pending(): boolean {
    return this.#settings.queue.length > 0 || this.#inFlight > 0;
  }

  #pump(): void {
    const { queue, gapLine } = this.#settings;
    while (
      !this.#blocked &&
      !this.#broken &&
      !this.#closed &&
      this.#stream.writable &&
      queue.length > 0
    ) {
      const line = queue.take(1)?.text ?? '';
      const gap = queue.takeGap();
      if (gap !== undefined) this.#send(gapLine(gap), 0);
      this.#send(line, 1);
    }
  }

  #send(text: string, lines: number): void {
    const { counters } = this.#settings;
    this.#inFlight++;
    let settled = false;
    const settle = (error?: unknown): void => {
      if (settled) return;
      settled = true;
      this.#inFlight--;
      this.#progress.note();
      if (error === undefined || error === null) {
        counters.written += lines;
      } else {
        counters.dropped += lines;
        noteFailure(counters, error);
      }
      if (this.#closed && this.#inFlight === 0)
        setImmediate(() => this.#stream.off('error', this.#onError));
      if (!this.#pending()) this.#progress.done();
    };
    try {
      if (!this.#stream.write(text, settle)) this.#blocked = true;
    } catch (error) {
      // Whatever it threw from, it will not call back any more.
      this.#broken = true;
      settle(error);
      counters.dropped += this.#settings.queue.clear();
    }
  }

  readonly #onDrain = (): void => {
    this.#blocked = false;
    this.#progress.note();
    this.#pump();
  };

  // Each write that failed was counted by its own callback.
  readonly #onError = (error: unknown): void => {
    this.#settings.counters.lastError ??=
      (error as NodeJS.ErrnoException | null)?.code ?? 'unknown';
  };

  readonly #onClose = (): void => {
    this.#settings.counters.dropped += this.#settings.queue.clear();
    this.#progress.done();
  };
}
