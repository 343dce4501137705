/** What a timer queue holds: when it is due, and its place in the queue (-1: not in it). */
export interface Timed {
  dueAt: number;
  /** Breaks ties: the lower goes first. */
  readonly order: number;
  place: number;
}

function before(a: Timed, b: Timed): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}

/** A binary heap that knows where its items are, so that each can be moved or removed in O(log n). */
export class TimerQueue<T extends Timed> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest, which stays in the queue. */
  peek(): T | undefined {
    return this.#heap[0];
  }

  /** Adds an item, or moves it to where its `dueAt` now belongs. */
  set(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    if (item.place < 0) {
      item.place = this.#heap.length;
      this.#heap.push(item);
    }
    this.#up(item);
    this.#down(item);
  }

  remove(item: T): void {
    const place = item.place;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === item) return;
    this.#heap[place] = last;
    last.place = place;
    this.#up(last);
    this.#down(last);
  }

  /** Every due time moves by so much: the order stays. */
  shift(millis: number): void {
    for (const item of this.#heap) item.dueAt += millis;
  }

  #up(item: T): void {
    const heap = this.#heap;
    let place = item.place;
    while (place > 0) {
      const parent = heap[(place - 1) >> 1];
      if (parent === undefined || !before(item, parent)) break;
      heap[place] = parent;
      const freed = parent.place;
      parent.place = place;
      place = freed;
    }
    heap[place] = item;
    item.place = place;
  }

  #down(item: T): void {
    const heap = this.#heap;
    let place = item.place;
    for (;;) {
      let child = heap[2 * place + 1];
      if (child === undefined) break;
      const right = heap[2 * place + 2];
      if (right !== undefined && before(right, child)) child = right;
      if (!before(child, item)) break;
      const freed = child.place;
      heap[place] = child;
      child.place = place;
      place = freed;
    }
    heap[place] = item;
    item.place = place;
  }
}
