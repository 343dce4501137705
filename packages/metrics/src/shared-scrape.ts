import { pipeline } from 'node:stream';
import { createGzip, constants } from 'node:zlib';

/** Whoever comes while no more than this was written gets the run from its first byte. */
const joinableBytes = 8 << 20;
/** How far the run may be ahead of its fastest reader. */
const aheadBytes = 1 << 20;
/** A reader that stopped reading holds its run up; who comes later wants values of now. */
const joinableMillis = 2000;

interface Reader {
  /** Index of its next chunk. */
  next: number;
}

/**
 * One run of a scrape whose chunks any number of readers take, each from the first on and at its
 * own pace. A reader that goes away stops nobody. What all have read of a large text is let go:
 * collecting garbage with 200 MB of text behind it stops the event loop for longer than writing it.
 */
export class SharedScrape {
  /** Resolves when all of it is there, or it failed. */
  readonly whenOver: Promise<void>;
  readonly #readers = new Set<Reader>();
  #chunks: Buffer[] = [];
  /** Index of the first chunk that is kept. */
  #first = 0;
  readonly #begunAt = performance.now();
  #bytes = 0;
  #waiting: (() => void)[] = [];
  #ended = false;
  #error: Error | undefined;

  /** @param source is read at the pace of the fastest reader */
  constructor(source: AsyncIterable<string>, gzip: boolean) {
    this.whenOver = this.#run(source, gzip);
  }

  /** Whether a reader may still come: it would get all of it, and it is not old. */
  get isJoinable(): boolean {
    const young = performance.now() - this.#begunAt < joinableMillis;
    return young && !this.#ended && this.#bytes <= joinableBytes;
  }

  /** The chunks; throws what the source threw. Readers are known from this call on. */
  read(): AsyncGenerator<Buffer, void> {
    const reader: Reader = { next: this.#first };
    this.#readers.add(reader);
    return this.#read(reader);
  }

  async *#read(reader: Reader): AsyncGenerator<Buffer, void> {
    try {
      for (;;) {
        while (reader.next - this.#first >= this.#chunks.length && !this.#ended) {
          await this.#change();
        }
        const chunk = this.#chunks[reader.next - this.#first];
        if (chunk === undefined) break;
        reader.next++;
        this.#letGo();
        yield chunk;
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.#readers.delete(reader);
      this.#letGo();
    }
  }

  async #run(source: AsyncIterable<string>, gzip: boolean): Promise<void> {
    try {
      if (gzip) {
        // Text of metrics repeats itself: the fastest level makes it ten times smaller already.
        const stream = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 16 });
        // The error is thrown by the loop.
        pipeline(source, stream, () => {});
        for await (const chunk of stream) await this.#push(chunk as Buffer);
      } else {
        for await (const text of source) await this.#push(Buffer.from(text));
      }
    } catch (error) {
      this.#error =
        error instanceof Error ? error : new Error('the scrape failed', { cause: error });
    }
    this.#ended = true;
    this.#wake();
  }

  async #push(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wake();
    // With nobody left it runs to its end and keeps nothing.
    if (this.#readers.size === 0 && this.#bytes > joinableBytes) this.#chunks = [];
    while (this.#readers.size > 0 && this.#aheadOfFastest() > aheadBytes) await this.#change();
  }

  #aheadOfFastest(): number {
    const fastest = Math.max(...[...this.#readers].map(({ next }) => next));
    let bytes = 0;
    for (let i = fastest - this.#first; i < this.#chunks.length; i++) {
      bytes += this.#chunks[i]?.length ?? 0;
    }
    return bytes;
  }

  #letGo(): void {
    if (this.#bytes > joinableBytes && this.#readers.size > 0) {
      const slowest = Math.min(...[...this.#readers].map(({ next }) => next));
      if (slowest > this.#first) {
        this.#chunks = this.#chunks.slice(slowest - this.#first);
        this.#first = slowest;
      }
    }
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
