import { pipeline } from 'node:stream';
import { createGzip, constants } from 'node:zlib';

/**
 * One run of a scrape whose chunks any number of readers take, each from the first on and at its
 * own pace. A reader that goes away stops nobody.
 */
export class SharedScrape {
  readonly #chunks: Buffer[] = [];
  #waiting: (() => void)[] = [];
  #ended = false;
  #error: Error | undefined;
  /** Resolves when all of it is there, or it failed. */
  readonly whenOver: Promise<void>;

  /** @param source is read at once, at its own pace */
  constructor(source: AsyncIterable<string>, gzip: boolean) {
    this.whenOver = this.#run(source, gzip);
  }

  get isOver(): boolean {
    return this.#ended;
  }

  /** The chunks; throws what the source threw. */
  async *read(): AsyncGenerator<Buffer> {
    for (let i = 0; ; i++) {
      while (i >= this.#chunks.length && !this.#ended) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      const chunk = this.#chunks[i];
      if (chunk !== undefined) yield chunk;
      else if (this.#error !== undefined) throw this.#error;
      else return;
    }
  }

  async #run(source: AsyncIterable<string>, gzip: boolean): Promise<void> {
    try {
      if (gzip) {
        // Text of metrics repeats itself: the fastest level makes it ten times smaller already.
        const stream = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 16 });
        // The error is thrown by the loop.
        pipeline(source, stream, () => {});
        for await (const chunk of stream) this.#push(chunk as Buffer);
      } else {
        for await (const text of source) this.#push(Buffer.from(text));
      }
    } catch (error) {
      this.#error =
        error instanceof Error ? error : new Error('the scrape failed', { cause: error });
    }
    this.#ended = true;
    this.#wake();
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
