import { closeSync, writeSync } from 'node:fs';
import { drainOnExit } from './exit-hook.js';
import { noteFailure, type Outlet, type OutletSettings } from './outlet.js';
import { Progress } from './progress.js';
import { flushOnSignals } from './signal-hook.js';

const chunkBytes = 64 * 1024;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes to a file descriptor: a file, a FIFO, or the process's own output. Lines of one tick go out
 * in one synchronous write, so there is never a write in flight that an exit could tear. A pipe is
 * non-blocking: when it is full the lines wait here, and the host goes on.
 */
export class FdOutlet implements Outlet {
  readonly #fd: number;
  readonly #owned: boolean;
  readonly #settings: OutletSettings;
  readonly #undoHooks: readonly (() => void)[];
  readonly #progress: Progress;
  #chunk: Buffer | undefined;
  #memory: Buffer | undefined;
  #chunkLines = 0;
  #offset = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMillis = 0;
  /** Whether the last attempt met a full pipe, rather than a failure. */
  #again = false;
  #exiting = false;
  #closed = false;

  /** @param owned whether `close` closes the descriptor. */
  constructor(fd: number, owned: boolean, settings: OutletSettings) {
    this.#fd = fd;
    this.#owned = owned;
    this.#settings = settings;
    this.#progress = new Progress(settings.flushTimeoutMillis);
    this.#undoHooks = [drainOnExit(this), flushOnSignals(this, settings.signals)];
  }

  write(line: string, urgent: boolean, rank: number): void {
    const { queue, counters } = this.#settings;
    if (this.#closed) {
      counters.dropped++;
      return;
    }
    counters.dropped += queue.push(line, rank);
    if (this.#exiting) this.drain();
    else if (this.#retry !== undefined) return;
    else if (urgent || queue.units >= chunkBytes) this.#pump();
    else this.#scheduled ??= setImmediate(this.#tick);
  }

  flush(): Promise<void> {
    if (this.#closed || (this.#retry === undefined && this.#pump())) return Promise.resolve();
    return this.#progress.wait();
  }

  drain(): void {
    if (this.#closed) return;
    this.#exiting = true;
    const since = Date.now();
    // A failing destination gets one last attempt, a full pipe its time.
    while (!this.#pump() && this.#again && !this.#progress.stalled(since)) {
      Atomics.wait(sleeper, 0, 0, 5);
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
    clearImmediate(this.#scheduled);
    clearTimeout(this.#retry);
    const { queue, counters } = this.#settings;
    counters.dropped += queue.clear() + this.#chunkLines;
    this.#chunk = undefined;
    this.#chunkLines = 0;
    if (!this.#owned) return;
    try {
      closeSync(this.#fd);
    } catch (error) {
      noteFailure(counters, error);
    }
  }

  #pending(): boolean {
    return this.#chunk !== undefined || this.#settings.queue.length > 0;
  }

  readonly #tick = (): void => {
    this.#scheduled = undefined;
    this.#retry = undefined;
    this.#pump();
  };

  /** Writes until nothing is left, which it says with true, or the destination takes no more. */
  #pump(): boolean {
    if (this.#closed) return true;
    const { counters } = this.#settings;
    for (;;) {
      const chunk = (this.#chunk ??= this.#nextChunk());
      if (chunk === undefined) {
        this.#retryMillis = 0;
        this.#progress.done();
        return true;
      }
      try {
        this.#offset += writeSync(this.#fd, chunk, this.#offset);
        this.#progress.note();
      } catch (error) {
        this.#again = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!this.#again) noteFailure(counters, error);
        this.#wait();
        return false;
      }
      if (this.#offset >= chunk.length) {
        counters.written += this.#chunkLines;
        this.#chunk = undefined;
        this.#chunkLines = 0;
        this.#retryMillis = 0;
      }
    }
  }

  /** In memory that is used again: there is one chunk at a time. */
  #bytesOf(text: string): Buffer {
    if (text.length > chunkBytes) return Buffer.from(text);
    // A character of UTF-16 has three bytes at most.
    this.#memory ??= Buffer.allocUnsafeSlow(chunkBytes * 3);
    return this.#memory.subarray(0, this.#memory.write(text));
  }

  #nextChunk(): Buffer | undefined {
    const { queue, gapLine } = this.#settings;
    const taken = queue.take(chunkBytes);
    if (taken === undefined) return undefined;
    const gap = queue.takeGap();
    this.#offset = 0;
    this.#chunkLines = taken.lines;
    this.#progress.note();
    return this.#bytesOf(gap === undefined ? taken.text : gapLine(gap) + taken.text);
  }

  #wait(): void {
    if (this.#exiting || this.#retry !== undefined) return;
    this.#retryMillis = this.#again
      ? Math.min((this.#retryMillis || 2) * 2, 50)
      : Math.min((this.#retryMillis || 50) * 2, 5000);
    this.#retry = setTimeout(this.#tick, this.#retryMillis);
    // A reader that still reads keeps the process until it has everything; one that is stuck or
    // gone does not.
    if (!this.#again || this.#progress.stalled(0)) this.#retry.unref();
  }
}
