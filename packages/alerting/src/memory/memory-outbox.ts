import { randomBytes } from 'node:crypto';
import { maxGroupSize, type Notification } from '../notification.js';
import type { ClaimCommand, Settlement } from '../store.js';
import { TimerQueue, type Timed } from './timer-queue.js';

/** A delivery in the outbox. */
export interface QueuedDelivery extends Timed {
  readonly id: string;
  readonly channel: string;
  /** What its order is among: the group, or the alert where it has none. */
  readonly stream: string;
  readonly group: string | null;
  readonly notifications: Notification[];
  createdAt: number;
  attempts: number;
  /** Once claimed, it carries the same notifications for ever. */
  claimed: boolean;
  heldBack: boolean;
  lease: string | null;
  /** Whether it stands in its stream's order. */
  ordered: boolean;
  /** The one behind it in its stream. */
  next: QueuedDelivery | null;
}

interface Lane {
  readonly queue: TimerQueue<QueuedDelivery>;
  /** The last delivery of each group's stream, and of the streams of alerts without a group, by alert. */
  readonly groupTails: Map<string, QueuedDelivery>;
  readonly alertTails: Map<string, QueuedDelivery>;
  readonly pending: Set<QueuedDelivery>;
  pausedUntil: number;
  nextAt: number;
}

/** The outbox of the store in memory: the rules of `AlertStore.claim`, one lane per channel. */
export class MemoryOutbox {
  readonly #lanes = new Map<string, Lane>();
  readonly #leased = new Map<string, QueuedDelivery>();
  readonly #maxPending: number;
  /** Short: the history of each alert keeps the ids of its deliveries. */
  readonly #prefix = `${randomBytes(9).toString('base64url')}.`;
  #count = 0;

  constructor(maxPendingPerChannel: number) {
    this.#maxPending = maxPendingPerChannel;
  }

  /** False when the channel's lane is full. */
  enqueue(
    channel: string,
    notification: Notification,
    target: { readonly id: string; readonly group: string | null; readonly waitMillis: number },
    now: number,
  ): boolean {
    const lane = this.#lane(channel);
    const stream = target.group ?? target.id;
    const tails = tailsOf(lane, target.group);
    const tail = tails.get(stream);
    if (
      target.group !== null &&
      tail !== undefined &&
      !tail.claimed &&
      tail.notifications.length < maxGroupSize
    ) {
      tail.notifications.push(notification);
      return true;
    }
    if (lane.pending.size >= this.#maxPending) return false;
    const delivery = this.#create(channel, stream, target.group, [notification], now);
    if (target.group !== null) delivery.dueAt = now + target.waitMillis;
    lane.pending.add(delivery);
    tails.set(stream, delivery);
    if (tail === undefined) lane.queue.set(delivery, delivery.dueAt);
    else tail.next = delivery;
    return true;
  }

  claim(command: ClaimCommand, now: number): QueuedDelivery[] {
    const lane = this.#lane(command.channel);
    const { rate } = command;
    const claimed: QueuedDelivery[] = [];
    while (claimed.length < command.limit && now >= lane.pausedUntil) {
      if (rate !== null && now < lane.nextAt) break;
      const delivery = lane.queue.peek();
      if (delivery === undefined || delivery.dueAt > now) break;
      if (rate !== null) lane.nextAt = now + rate.intervalMillis / rate.count;
      if (delivery.lease !== null) this.#leased.delete(delivery.lease);
      delivery.attempts += 1;
      delivery.claimed = true;
      delivery.lease = this.#newId();
      this.#leased.set(delivery.lease, delivery);
      // A leased delivery waits in the queue for its lease to lapse.
      lane.queue.set(delivery, now + command.leaseMillis);
      claimed.push(delivery);
    }
    return claimed;
  }

  /** How long until something may be claimable; null: nothing is pending. */
  nextDueIn(channel: string, rated: boolean, now: number): number | null {
    const lane = this.#lane(channel);
    const next = lane.queue.peek();
    if (next === undefined) return null;
    return Math.max(0, Math.max(next.dueAt, lane.pausedUntil, rated ? lane.nextAt : 0) - now);
  }

  renew(id: string, lease: string, leaseMillis: number, now: number): boolean {
    const delivery = this.#held(id, lease);
    if (delivery === undefined) return false;
    this.#lane(delivery.channel).queue.set(delivery, now + leaseMillis);
    return true;
  }

  /** The delivery that was settled, or undefined when the lease is not held. */
  settle(settlement: Settlement, now: number): QueuedDelivery | undefined {
    const delivery = this.#held(settlement.id, settlement.lease);
    if (delivery === undefined) return undefined;
    const lane = this.#lane(delivery.channel);
    this.#leased.delete(settlement.lease);
    delivery.lease = null;
    if (settlement.pauseChannelMillis > 0) {
      lane.pausedUntil = Math.max(lane.pausedUntil, now + settlement.pauseChannelMillis);
    }
    const { outcome } = settlement;
    if (outcome.kind === 'later') {
      if (outcome.event === null) delivery.attempts -= 1;
      if (outcome.event === 'suppressed') delivery.heldBack = true;
      if (!outcome.hold) this.#leaveStream(lane, delivery, now);
      lane.queue.set(delivery, now + outcome.delayMillis);
    } else {
      this.#remove(lane, delivery, now);
      if (outcome.kind === 'delivered' && outcome.heldBack !== undefined) {
        this.#split(lane, delivery, outcome.heldBack, now);
      }
    }
    return delivery;
  }

  /** Forgets what is pending for these alerts. */
  erase(ids: ReadonlySet<string>, now: number): void {
    for (const lane of this.#lanes.values()) {
      for (const delivery of [...lane.pending]) {
        const kept = delivery.notifications.filter(({ alert }) => !ids.has(alert.id));
        if (kept.length === delivery.notifications.length) continue;
        delivery.notifications.splice(0, delivery.notifications.length, ...kept);
        if (kept.length > 0) continue;
        if (delivery.lease !== null) this.#leased.delete(delivery.lease);
        this.#unlink(lane, delivery);
        this.#remove(lane, delivery, now);
      }
    }
  }

  /** Every due time moves: the clock was set back. */
  shift(millis: number): void {
    for (const lane of this.#lanes.values()) {
      lane.queue.shift(millis);
      lane.pausedUntil += millis;
      lane.nextAt += millis;
      for (const delivery of lane.pending) {
        if (delivery.place < 0) delivery.dueAt += millis;
        delivery.createdAt += millis;
      }
    }
  }

  stats(now: number): { pending: Record<string, number>; oldestPendingMillis: number } {
    const pending: Record<string, number> = {};
    let oldest = now;
    for (const [channel, lane] of this.#lanes) {
      if (lane.pending.size > 0) pending[channel] = lane.pending.size;
      // A set is in order of insertion: its first is the oldest of the lane.
      for (const delivery of lane.pending) {
        oldest = Math.min(oldest, delivery.createdAt);
        break;
      }
    }
    return { pending, oldestPendingMillis: now - oldest };
  }

  #newId(): string {
    this.#count += 1;
    // Joined, not concatenated: joined text is flat in memory.
    return [this.#prefix, this.#count.toString(36)].join('');
  }

  #lane(channel: string): Lane {
    let lane = this.#lanes.get(channel);
    if (lane === undefined) {
      lane = {
        queue: new TimerQueue(),
        groupTails: new Map(),
        alertTails: new Map(),
        pending: new Set(),
        pausedUntil: 0,
        nextAt: 0,
      };
      this.#lanes.set(channel, lane);
    }
    return lane;
  }

  #create(
    channel: string,
    stream: string,
    group: string | null,
    notifications: Notification[],
    now: number,
  ): QueuedDelivery {
    return {
      id: this.#newId(),
      channel,
      stream,
      group,
      notifications,
      createdAt: now,
      attempts: 0,
      claimed: false,
      heldBack: false,
      lease: null,
      ordered: true,
      next: null,
      dueAt: now,
      order: this.#count,
      place: -1,
    };
  }

  /** What a delivery held back goes on as a delivery of its own. */
  #split(
    lane: Lane,
    delivery: QueuedDelivery,
    { places, delayMillis }: { readonly places: readonly number[]; readonly delayMillis: number },
    now: number,
  ): void {
    const kept = delivery.notifications.filter((_, place) => places.includes(place));
    if (kept.length === 0) return;
    const rest = this.#create(delivery.channel, delivery.stream, delivery.group, kept, now);
    rest.createdAt = delivery.createdAt;
    rest.claimed = true;
    rest.heldBack = true;
    rest.ordered = false;
    lane.pending.add(rest);
    lane.queue.set(rest, now + delayMillis);
  }

  /** A lease that has lapsed is held until somebody else claims the delivery. */
  #held(id: string, lease: string): QueuedDelivery | undefined {
    const delivery = this.#leased.get(lease);
    return delivery?.id === id ? delivery : undefined;
  }

  #remove(lane: Lane, delivery: QueuedDelivery, now: number): void {
    lane.queue.remove(delivery);
    lane.pending.delete(delivery);
    this.#leaveStream(lane, delivery, now);
  }

  /** Takes the head out of its stream's order; the one behind it becomes the head. */
  #leaveStream(lane: Lane, delivery: QueuedDelivery, now: number): void {
    if (!delivery.ordered) return;
    delivery.ordered = false;
    const { next } = delivery;
    delivery.next = null;
    if (next !== null) lane.queue.set(next, Math.max(next.dueAt, now));
    else {
      const tails = tailsOf(lane, delivery.group);
      if (tails.get(delivery.stream) === delivery) tails.delete(delivery.stream);
    }
  }

  /** Takes a delivery that is not the head out of its stream, so that only the head is left to remove. */
  #unlink(lane: Lane, delivery: QueuedDelivery): void {
    if (!delivery.ordered || delivery.place >= 0) return;
    for (const other of lane.pending) {
      if (other.next !== delivery) continue;
      other.next = delivery.next;
      if (delivery.next === null) tailsOf(lane, delivery.group).set(delivery.stream, other);
      delivery.next = null;
      delivery.ordered = false;
      return;
    }
  }
}

function tailsOf(lane: Lane, group: string | null): Map<string, QueuedDelivery> {
  return group === null ? lane.alertTails : lane.groupTails;
}
