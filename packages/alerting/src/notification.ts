import type { Alert, AlertStatus, Cause } from './alert.js';

/** Why people are told. An initial and an escalated notification are different things. */
export type NotificationKind =
  'initial' | 'worsened' | 'escalated' | 'reminder' | 'acknowledged' | 'resolved';

/** One thing to tell, with the alert as it was at that moment. */
export interface Notification {
  readonly kind: NotificationKind;
  /** When it was decided, milliseconds since the epoch by the store's clock. */
  readonly at: number;
  /** Name of the policy's step; null where no step is behind it. */
  readonly step: string | null;
  readonly cause: Cause;
  readonly alert: Alert;
}

/** A notification on its way out, and what has become of its alert since. */
export interface ClaimedNotification extends Notification {
  /** The alert now; null when the store no longer has it. */
  readonly current: {
    readonly status: AlertStatus;
    readonly episode: number;
    readonly escalationLevel: number;
  } | null;
}

/** What one call of a channel sends: one notification, or a group's. */
export interface Delivery {
  /** The same at every attempt and unique for ever: the idempotency key. */
  readonly id: string;
  readonly channel: string;
  /** The group that its notifications share; null: a single one. */
  readonly group: string | null;
  /** At least one, oldest first, at most `maxGroupSize`. */
  readonly notifications: readonly ClaimedNotification[];
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Whether it was held back before (it settled `later` as `suppressed`, or was split off as held back). */
  readonly heldBack: boolean;
  /** When it was enqueued, by the store's clock. */
  readonly createdAt: number;
  /** Who holds it: `renew` and `settle` must name it. */
  readonly lease: string;
}

/** How many notifications one delivery carries at most. */
export const maxGroupSize = 100;
