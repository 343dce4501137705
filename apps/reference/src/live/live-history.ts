import { randomBytes } from 'node:crypto';

/** The points that a reader lacks. */
export interface MissedPoints<P> {
  /** Id of the latest point; what the reader has once it took these. */
  readonly id: string;
  /** Oldest first. */
  readonly points: readonly P[];
  /** Whether these are all that there are, since what the reader has cannot be continued. */
  readonly whole: boolean;
}

/** The latest points, each with an id that a reader can come back with. */
export class LiveHistory<P> {
  /** Tells this process from the one before, whose counts mean nothing here. */
  readonly #process = randomBytes(6).toString('hex');
  readonly #mostKept: number;
  readonly #points: P[] = [];
  #latest = 0;

  /** @param mostKept points; older ones are forgotten */
  constructor(mostKept = 300) {
    this.#mostKept = mostKept;
  }

  /** Id of the latest point. */
  get id(): string {
    return `${this.#process}-${this.#latest}`;
  }

  /** Gives the id of the point. */
  add(point: P): string {
    this.#points.push(point);
    if (this.#points.length > this.#mostKept) this.#points.shift();
    this.#latest += 1;
    return this.id;
  }

  /** @param lastId what the reader has; an id of another process, or too old a one, gets everything */
  since(lastId: string | undefined): MissedPoints<P> {
    const [, process, number] = /^([0-9a-f]{12})-(\d{1,15})$/.exec(lastId ?? '') ?? [];
    const missed = this.#latest - Number(number);
    const known = process === this.#process && missed >= 0 && missed <= this.#points.length;
    return {
      id: this.id,
      points: known ? this.#points.slice(this.#points.length - missed) : [...this.#points],
      whole: !known,
    };
  }
}
