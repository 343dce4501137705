import { setTimeout } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { ReceivedRequest } from './recording-receiver.js';
import { replicaHeader } from './replica-messages.js';
import type { Replica } from './replica.js';
import type { ReplicaSet } from './replica-set.js';

/** When a replica is killed, or for how long it is paused. */
export type Fault =
  | { readonly kind: 'kill at time'; readonly millis: number; readonly place: number }
  /** The sender of the n-th request that the receiver takes: before it has its answer, or just after. */
  | { readonly kind: 'kill the sender'; readonly nth: number; readonly when: 'before' | 'after' }
  /** The replica that is handed the n-th operation, while it works on it. */
  | { readonly kind: 'kill the worker'; readonly nth: number }
  | {
      readonly kind: 'pause';
      readonly millis: number;
      readonly place: number;
      readonly forMillis: number;
    };

/** Draws the faults of a round; pauses are longer than a lease. */
export function drawFaults(
  random: Random,
  {
    replicas,
    leaseMillis,
    spanMillis,
  }: { replicas: number; leaseMillis: number; spanMillis: number },
): readonly Fault[] {
  const faults: Fault[] = Array.from({ length: random.whole(1, 4) }, () => {
    const kind = random.pick(['kill at time', 'kill the sender', 'kill the worker'] as const);
    if (kind === 'kill at time') {
      return { kind, millis: random.whole(0, spanMillis), place: random.whole(0, replicas - 1) };
    }
    const nth = random.whole(1, 60);
    if (kind === 'kill the worker') return { kind, nth };
    return { kind, nth, when: random.pick(['before', 'after'] as const) };
  });
  if (random.chance(0.5)) {
    faults.push({
      kind: 'pause',
      millis: random.whole(0, spanMillis),
      place: random.whole(0, replicas - 1),
      forMillis: leaseMillis + random.whole(50, 600),
    });
  }
  return faults;
}

/** Makes the faults happen to a set of replicas. */
export class FaultMaker {
  kills = 0;
  pauses = 0;
  readonly #set: ReplicaSet;
  readonly #faults: readonly Fault[];
  readonly #random: Random;
  readonly #timed: Promise<void>[] = [];
  #taken = 0;
  #answered = 0;
  #handed = 0;

  constructor(set: ReplicaSet, faults: readonly Fault[], random: Random) {
    this.#set = set;
    this.#faults = faults;
    this.#random = random;
  }

  /** From now on faults that come at a time come. */
  start(): void {
    for (const fault of this.#faults) {
      if (fault.kind === 'kill at time') this.#timed.push(this.#killAt(fault));
      if (fault.kind === 'pause') this.#timed.push(this.#pause(fault));
    }
  }

  /** Resolves when those that come at a time have come and gone. */
  async over(): Promise<void> {
    await Promise.all(this.#timed);
  }

  /** The receiver has got a request and not answered it. */
  onRequest(request: ReceivedRequest): void {
    if (!request.taken) return;
    this.#taken += 1;
    this.#killSender(request, 'before', this.#taken);
  }

  /** The receiver has answered a request. */
  onAnswer(request: ReceivedRequest): void {
    if (!request.taken) return;
    this.#answered += 1;
    this.#killSender(request, 'after', this.#answered);
  }

  /** A replica was handed an operation. */
  onHanded(replica: Replica): void {
    this.#handed += 1;
    const isMeant = (fault: Fault): boolean =>
      fault.kind === 'kill the worker' && fault.nth === this.#handed;
    if (this.#faults.some(isMeant)) this.#kill(replica);
  }

  async #killAt({ millis, place }: Extract<Fault, { kind: 'kill at time' }>): Promise<void> {
    await setTimeout(millis);
    this.#kill(this.#set.present[place]);
  }

  async #pause({ millis, place, forMillis }: Extract<Fault, { kind: 'pause' }>): Promise<void> {
    await setTimeout(millis);
    const replica = this.#set.present[place];
    if (replica === undefined || !replica.serves) return;
    this.pauses += 1;
    replica.pause();
    await setTimeout(forMillis);
    replica.resume();
  }

  #killSender(request: ReceivedRequest, when: 'before' | 'after', nth: number): void {
    const isMeant = (fault: Fault): boolean =>
      fault.kind === 'kill the sender' && fault.when === when && fault.nth === nth;
    if (!this.#faults.some(isMeant)) return;
    const name = request.headers[replicaHeader];
    this.#kill(this.#set.present.find((replica) => replica.name === name));
  }

  #kill(replica: Replica | undefined): void {
    if (replica === undefined || !replica.alive) return;
    this.kills += 1;
    this.#set.kill(replica, this.#random.whole(0, 300));
  }
}
