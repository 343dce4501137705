import type { Alert } from './alert.js';

/** What became of a raise. */
export type RaiseResult = {
  /** It opened an episode: the alert was not firing before. */
  readonly opened: boolean;
  /** It escalated the alert. */
  readonly escalated: boolean;
  /** Its `occurrenceId` was known: nothing changed. */
  readonly duplicate: boolean;
} & (
  | { readonly alert: Alert; readonly queued: false }
  /** The store cannot be reached: it waits in the local queue, and what it does is not known yet. */
  | { readonly alert: null; readonly queued: true }
);

/** What became of an anomaly report. */
export type ReportResult =
  | ({ readonly action: 'raised' } & RaiseResult)
  | { readonly action: 'clearing' | 'resolved'; readonly alert: Alert }
  | { readonly action: 'none' };
