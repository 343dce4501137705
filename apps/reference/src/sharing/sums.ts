/** Sums by name that only grow: what all replicas have added, or this process where it is alone. */
export interface Sums {
  add(name: string, amount: number): void;
  /** Rejects when they cannot be read. A sum that is lower than before was begun anew. */
  read(): Promise<Readonly<Record<string, number>>>;
  /** Whether they can be read: nothing is judged while they cannot. */
  readonly answering: boolean;
}

/** The sums of this process. */
export class ProcessSums implements Sums {
  readonly answering = true;
  readonly #sums: Record<string, number> = {};

  add(name: string, amount: number): void {
    this.#sums[name] = (this.#sums[name] ?? 0) + amount;
  }

  read(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve({ ...this.#sums });
  }
}

/** What was added between two readings; a sum that was begun anew counts from 0, as a counter of Prometheus does. */
export function growth(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  name: string,
): number {
  const [from, to] = [before[name] ?? 0, after[name] ?? 0];
  return to < from ? to : to - from;
}
