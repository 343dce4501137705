/** Lines taken from a queue in one piece. */
export interface Chunk {
  readonly text: string;
  readonly lines: number;
}

/** How many lines of each rank were dropped. */
export type Gap = ReadonlyMap<number, number>;

/**
 * Lines that wait for their destination, bounded in bytes. Room is made by the least severe ones, the
 * oldest of them first.
 */
export class LineQueue {
  readonly #maxBytes: number;
  /** Undefined where a line was dropped. */
  #lines: (string | undefined)[] = [];
  #ranks: number[] = [];
  #head = 0;
  #holes = 0;
  #gap: Map<number, number> | undefined;
  /** Length of what waits, in UTF-16 units: no more than its bytes, and no less than a third of them. */
  #units = 0;
  /** What is counted only while too much may wait. */
  #census: Census | undefined;

  /** @param maxBytes what may wait, UTF-8 bytes; a single longer line still waits alone. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get units(): number {
    return this.#units;
  }

  get length(): number {
    return this.#lines.length - this.#head - this.#holes;
  }

  /**
   * Appends a line and returns how many were dropped for it, itself perhaps among them.
   *
   * @param rank of its level; the greater, the less severe
   */
  push(line: string, rank: number): number {
    this.#lines.push(line);
    this.#ranks.push(rank);
    this.#units += line.length;
    if (this.#census !== undefined) this.#census.add(line, rank);
    else if (this.#units * 3 > this.#maxBytes) this.#census = this.#count();
    let dropped = 0;
    while (this.#census !== undefined && this.#census.bytes > this.#maxBytes && this.length > 1) {
      this.#drop(this.#census);
      dropped++;
    }
    return dropped;
  }

  /** Takes whole lines, one at least and no more than about `maxBytes`, from the front. */
  take(maxBytes: number): Chunk | undefined {
    if (this.length === 0) return undefined;
    if (this.#units <= maxBytes && this.#head === 0 && this.#holes === 0) {
      const all = { text: this.#lines.join(''), lines: this.#lines.length };
      this.clear();
      return all;
    }
    let text = '';
    let lines = 0;
    while (this.length > 0 && (lines === 0 || text.length < maxBytes)) {
      text += this.#shift();
      lines++;
    }
    return { text, lines };
  }

  /** What was dropped since the last call; it stood before those that `take` gives next, or among them. */
  takeGap(): Gap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }

  /** Drops everything and returns how many lines that were. */
  clear(): number {
    const { length } = this;
    this.#lines = [];
    this.#ranks = [];
    this.#head = 0;
    this.#holes = 0;
    this.#units = 0;
    this.#census = undefined;
    return length;
  }

  #count(): Census {
    const census = new Census();
    for (let at = this.#head; at < this.#lines.length; at++) {
      const line = this.#lines[at];
      if (line !== undefined) census.add(line, this.#ranks[at] ?? 0);
    }
    return census;
  }

  /** Drops the oldest line of the least severe rank. */
  #drop(census: Census): void {
    const rank = census.leastSevere();
    let at = Math.max(census.oldest.get(rank) ?? 0, this.#head);
    while (this.#lines[at] === undefined || this.#ranks[at] !== rank) at++;
    census.oldest.set(rank, at + 1);
    const line = this.#lines[at] ?? '';
    this.#lines[at] = undefined;
    this.#holes++;
    this.#units -= line.length;
    census.remove(line, rank);
    this.#gap ??= new Map();
    this.#gap.set(rank, (this.#gap.get(rank) ?? 0) + 1);
    if (this.#holes > 1024 && this.#holes * 2 > this.#lines.length - this.#head) this.#compact();
  }

  #compact(): void {
    const lines: string[] = [];
    const ranks: number[] = [];
    for (let at = this.#head; at < this.#lines.length; at++) {
      const line = this.#lines[at];
      if (line === undefined) continue;
      lines.push(line);
      ranks.push(this.#ranks[at] ?? 0);
    }
    this.#lines = lines;
    this.#ranks = ranks;
    this.#head = 0;
    this.#holes = 0;
    this.#census?.oldest.clear();
  }

  /** Takes the oldest line. */
  #shift(): string {
    while (this.#lines[this.#head] === undefined) {
      this.#head++;
      this.#holes--;
    }
    const line = this.#lines[this.#head] ?? '';
    const rank = this.#ranks[this.#head] ?? 0;
    this.#lines[this.#head++] = undefined;
    this.#units -= line.length;
    if (this.length === 0) this.clear();
    else this.#census?.remove(line, rank);
    if (this.#head > 1024 && this.#head * 2 > this.#lines.length) this.#compact();
    return line;
  }
}

/** What waits, by bytes and by rank. */
class Census {
  bytes = 0;
  readonly #lines = new Map<number, number>();
  /** Where the oldest line of a rank is at the earliest. */
  readonly oldest = new Map<number, number>();

  add(line: string, rank: number): void {
    this.bytes += Buffer.byteLength(line);
    this.#lines.set(rank, (this.#lines.get(rank) ?? 0) + 1);
  }

  remove(line: string, rank: number): void {
    this.bytes -= Buffer.byteLength(line);
    const left = (this.#lines.get(rank) ?? 0) - 1;
    if (left > 0) this.#lines.set(rank, left);
    else this.#lines.delete(rank);
  }

  leastSevere(): number {
    let least = -Infinity;
    for (const rank of this.#lines.keys()) if (rank > least) least = rank;
    return least;
  }
}
