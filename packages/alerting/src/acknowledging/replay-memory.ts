/** Remembers for a time what was seen; the oldest is forgotten first when there is no room. */
export class ReplayMemory {
  readonly #seenAt = new Map<string, number>();
  readonly #keepMillis: number;
  readonly #max: number;

  constructor(keepMillis: number, max = 10_000) {
    this.#keepMillis = keepMillis;
    this.#max = max;
  }

  has(key: string, now: number): boolean {
    const at = this.#seenAt.get(key);
    return at !== undefined && now - at <= this.#keepMillis;
  }

  add(key: string, now: number): void {
    this.#seenAt.delete(key);
    this.#seenAt.set(key, now);
    for (const [old, at] of this.#seenAt) {
      if (this.#seenAt.size <= this.#max && now - at <= this.#keepMillis) break;
      this.#seenAt.delete(old);
    }
  }
}
