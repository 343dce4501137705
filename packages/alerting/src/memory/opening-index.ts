/** A list in order of opening that is paged from its latest end, with removal in O(log n). */
export class OpeningIndex<T> {
  #numbers: number[] = [];
  #items: (T | undefined)[] = [];
  #last = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds at the latest end and returns the item's number. */
  add(item: T): number {
    this.#last += 1;
    this.#numbers.push(this.#last);
    this.#items.push(item);
    this.#size += 1;
    return this.#last;
  }

  remove(number: number): void {
    const place = this.#placeBelow(number + 1);
    if (this.#numbers[place] !== number || this.#items[place] === undefined) return;
    this.#items[place] = undefined;
    this.#size -= 1;
    if (this.#items.length > 64 && this.#size * 2 < this.#items.length) this.#compact();
  }

  /** From the latest back, numbers below `below` only. */
  *latestFirst(below = Infinity): Generator<readonly [number, T]> {
    for (let place = this.#placeBelow(below); place >= 0; place -= 1) {
      const item = this.#items[place];
      if (item !== undefined) yield [this.#numbers[place] ?? 0, item];
    }
  }

  /** The last place whose number is below, or -1. */
  #placeBelow(below: number): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] ?? Infinity) < below) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #compact(): void {
    this.#numbers = this.#numbers.filter((_, place) => this.#items[place] !== undefined);
    this.#items = this.#items.filter((item) => item !== undefined);
  }
}
