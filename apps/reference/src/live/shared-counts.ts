import { growth, type Sums } from '../sharing/sums.js';

/** What all replicas counted, from what each of them counts for itself. */
export class SharedCounts {
  readonly #sums: Sums;
  #own: Readonly<Record<string, number>> = {};
  #latest: { readonly at: number; readonly totals: Readonly<Record<string, number>> } | undefined;

  constructor(sums: Sums) {
    this.#sums = sums;
  }

  /**
   * @param own what this process has counted since its start, by name
   * @returns what all replicas have counted, and how fast it grew since the last time; null where that is not known
   */
  async exchange(own: Readonly<Record<string, number>>): Promise<{
    readonly totals: Readonly<Record<string, number>>;
    readonly since: { readonly seconds: number; readonly grown: (name: string) => number } | null;
  }> {
    for (const name of Object.keys(own)) this.#sums.add(name, growth(this.#own, own, name));
    this.#own = own;
    const before = this.#latest;
    try {
      const totals = await this.#sums.read();
      const at = performance.now();
      this.#latest = { at, totals };
      if (before === undefined) return { totals, since: null };
      const seconds = (at - before.at) / 1000;
      return { totals, since: { seconds, grown: (name) => growth(before.totals, totals, name) } };
    } catch {
      // Counted where the sums are kept.
      return { totals: before?.totals ?? {}, since: null };
    }
  }
}
