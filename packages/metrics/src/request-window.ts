/** A window is counted in this many slots, so that old requests leave it a tenth at a time. */
export const slotsPerWindow = 10;

/** How many requests began within the last window: a ring of counts. */
export class RequestWindow {
  readonly #slotMillis: number;
  readonly #counts = new Array<number>(slotsPerWindow).fill(0);
  #slot = 0;

  constructor(windowMillis: number) {
    this.#slotMillis = windowMillis / slotsPerWindow;
  }

  add(now: number): void {
    this.#advance(now);
    const at = this.#slot % slotsPerWindow;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  count(now: number): number {
    this.#advance(now);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #advance(now: number): void {
    const slot = Math.floor(now / this.#slotMillis);
    // A clock that went back counts into the newest slot.
    const passed = Math.min(slot - this.#slot, slotsPerWindow);
    for (let i = 0; i < passed; i++) this.#counts[(slot - i) % slotsPerWindow] = 0;
    if (passed > 0) this.#slot = slot;
  }
}
