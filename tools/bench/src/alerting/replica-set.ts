import { setTimeout } from 'node:timers/promises';
import type { Random } from '../random.js';
import { Replica } from './replica.js';
import type { ReplicaSetup } from './replica-messages.js';

/** So many replicas, of which those that were killed come back as new ones. */
export class ReplicaSet {
  /** Every replica that there was. */
  readonly all: Replica[] = [];
  readonly #setup: Omit<ReplicaSetup, 'name'>;
  readonly #places: Replica[];
  readonly #restarts = new Set<Promise<void>>();

  constructor(setup: Omit<ReplicaSetup, 'name'>, count: number) {
    this.#setup = setup;
    this.#places = Array.from({ length: count }, (_, place) => this.#start(place));
  }

  /** Those that hold a place now. */
  get present(): readonly Replica[] {
    return this.#places;
  }

  /** Resolves when all that hold a place serve. */
  async ready(): Promise<void> {
    while (this.#restarts.size > 0) await Promise.all(this.#restarts);
    await Promise.all(this.#places.map((replica) => replica.ready));
  }

  /** One that serves, waiting for one to come back when none does. */
  async serving(random: Random): Promise<Replica> {
    for (;;) {
      const serving = this.#places.filter((replica) => replica.serves);
      if (serving.length > 0) return random.pick(serving);
      await setTimeout(5);
    }
  }

  /** Kills a replica; a new one takes its place after so long. */
  kill(replica: Replica, restartAfterMillis: number): void {
    const place = this.#places.indexOf(replica);
    if (place < 0 || !replica.alive) return;
    void replica.kill();
    const restart = setTimeout(restartAfterMillis).then(() => {
      this.#places[place] = this.#start(place);
      this.#restarts.delete(restart);
    });
    this.#restarts.add(restart);
  }

  /** Ends all in order. */
  async stop(): Promise<void> {
    while (this.#restarts.size > 0) await Promise.all(this.#restarts);
    await Promise.all(
      this.#places.map(async (replica) => {
        if (replica.paused) replica.resume();
        await replica.ready;
        await replica.stop();
      }),
    );
  }

  /** Ends all at once, whatever they do: for when something went wrong. */
  async killAll(): Promise<void> {
    while (this.#restarts.size > 0) await Promise.all(this.#restarts);
    await Promise.all(this.all.map((replica) => replica.kill()));
  }

  #start(place: number): Replica {
    const name = `${place}.${this.all.length}`;
    const replica = new Replica({ ...this.#setup, name });
    this.all.push(replica);
    return replica;
  }
}
