import type { AlertStatus, Cause, Severity } from './alert.js';

/** What happened to an alert. */
export type HistoryEvent =
  | 'firing'
  | 'worsened'
  | 'escalated'
  | 'reminded'
  | 'acknowledged'
  | 'clearing'
  | 'resolved'
  | 'delivered'
  | 'failed'
  | 'suppressed'
  | 'abandoned'
  | 'dropped';

/** One line of an alert's history: a transition, or an attempt to deliver. */
export interface HistoryEntry {
  /** Milliseconds since the epoch, by the store's clock. */
  readonly at: number;
  readonly event: HistoryEvent;
  readonly cause: Cause;
  readonly episode: number;
  readonly status: AlertStatus;
  readonly severity: Severity;
  readonly escalationLevel: number;
  /** Of a delivery: which, where, which attempt, how long it took. */
  readonly delivery?: DeliveryTrace;
}

/** Where a delivery went. */
export interface DeliveryTrace {
  readonly id: string;
  readonly channel: string;
  readonly attempt: number;
  readonly durationMillis: number;
}
