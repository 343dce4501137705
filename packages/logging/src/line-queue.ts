/** Lines taken from a queue in one piece. */
export interface Chunk {
  readonly text: string;
  readonly lines: number;
}

/** Lines that wait for their destination, bounded in bytes; the oldest make room for the newest. */
export class LineQueue {
  readonly #maxBytes: number;
  #lines: string[] = [];
  #head = 0;
  #gap = 0;
  /** Length of what waits, in UTF-16 units: no more than its bytes, and no less than a third of them. */
  #units = 0;
  /** Bytes of what waits, counted only while that may be too much. */
  #bytes: number | undefined;

  /** @param maxBytes what may wait, UTF-8 bytes; a single longer line still waits alone. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get units(): number {
    return this.#units;
  }

  get length(): number {
    return this.#lines.length - this.#head;
  }

  /** Appends a line and returns how many older ones were dropped for it. */
  push(line: string): number {
    this.#lines.push(line);
    this.#units += line.length;
    if (this.#bytes !== undefined) this.#bytes += Buffer.byteLength(line);
    else if (this.#units * 3 > this.#maxBytes) this.#bytes = this.#count();
    let dropped = 0;
    while (this.#tooMuch() && this.length > 1) {
      this.#shift();
      dropped++;
    }
    this.#gap += dropped;
    return dropped;
  }

  #tooMuch(): boolean {
    return this.#bytes !== undefined && this.#bytes > this.#maxBytes;
  }

  #count(): number {
    let bytes = 0;
    for (let at = this.#head; at < this.#lines.length; at++) {
      bytes += Buffer.byteLength(this.#lines[at] ?? '');
    }
    return bytes;
  }

  /** Takes whole lines, one at least and no more than about `maxBytes`, from the front. */
  take(maxBytes: number): Chunk | undefined {
    if (this.length === 0) return undefined;
    let text = '';
    let lines = 0;
    while (this.length > 0 && (lines === 0 || text.length < maxBytes)) {
      text += this.#shift();
      lines++;
    }
    return { text, lines };
  }

  /** How many lines were dropped since the last call; they stood before those that `take` gives next. */
  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  /** Drops everything and returns how many lines that were. */
  clear(): number {
    const { length } = this;
    this.#lines = [];
    this.#head = 0;
    this.#units = 0;
    this.#bytes = undefined;
    return length;
  }

  #shift(): string {
    const line = this.#lines[this.#head] ?? '';
    this.#lines[this.#head++] = '';
    this.#units -= line.length;
    if (this.#bytes !== undefined) {
      this.#bytes = this.length === 0 ? undefined : this.#bytes - Buffer.byteLength(line);
    }
    if (this.#head > 1024 && this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    return line;
  }
}
