import type { Plan } from './policies/plan.js';

/** How bad it is, from the least to the worst. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** The severities from the least to the worst; the index is the rank. */
export const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/** The worse of two severities. */
export function worseSeverity(a: Severity, b: Severity): Severity {
  return severities.indexOf(a) >= severities.indexOf(b) ? a : b;
}

/** Where an alert is in its life. */
export type AlertStatus = 'firing' | 'acknowledged' | 'resolved';

/** The labels that are part of an alert's identity, beside its key. */
export const identityLabels = ['environment', 'service', 'tenant'] as const;

/** What raised an alert: a kind such as `report` or `api`, and what that kind tells. */
export interface AlertSource {
  /** `report` for an anomaly report, `api` for a call of `raise()`, or a name of your own. */
  readonly kind: string;
  /** Who or what, such as the model's name or the caller. */
  readonly name?: string;
}

/** Why something happened to an alert. */
export interface Cause {
  /** What made it happen. */
  readonly kind:
    | 'raise'
    | 'recurrence'
    | 'timer'
    | 'user'
    | 'clear'
    | 'expiry'
    | 'delivery'
    | 'silence'
    | 'inhibition'
    | 'stale'
    | 'overflow';
  /** Who: a person, a replica, a channel. */
  readonly by?: string;
  /** In words. */
  readonly note?: string;
}

/** An alert as callers, receivers and pages see it. Times are milliseconds since the epoch, by the store's clock. */
export interface Alert {
  /** The key with its identity labels; unique in a store. */
  readonly id: string;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What kind of trouble; an escalation may change it. */
  readonly type: string;
  /** The worst so far in this episode. */
  readonly severity: Severity;
  readonly status: AlertStatus;
  /** 1 when it opens; escalation steps raise it. */
  readonly escalationLevel: number;
  /** Counts the times that this alert went from quiet to firing. */
  readonly episode: number;
  /** Start of the episode, or the start that the raiser gave. */
  readonly startsAt: number;
  readonly lastOccurrenceAt: number;
  /** Raises in this episode. */
  readonly occurrences: number;
  readonly source: AlertSource;
  /** Name of the policy that governs this episode. */
  readonly policy: string;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly resolvedAt: number | null;
}

/**
 * All that a store keeps of an alert: the public part and the machinery. Plain data: a store may
 * keep it as JSON, as columns, or as the object itself. `Alert` says what the public fields mean.
 */
export interface AlertState {
  id: string;
  key: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  type: string;
  severity: Severity;
  status: AlertStatus;
  escalationLevel: number;
  episode: number;
  startsAt: number;
  lastOccurrenceAt: number;
  occurrences: number;
  source: AlertSource;
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
  resolvedAt: number | null;
  /** The policy as data, fixed when the episode opens. */
  plan: Plan;
  /** Notifications of one group share deliveries; null: this alert is on its own. */
  group: string | null;
  /** The type that an escalation gives where its step names none; null: unchanged. */
  escalatedType: string | null;
  /** Times of the most recent occurrences, ascending, over all episodes, at most `plan.keepOccurrences`. */
  recent: readonly number[];
  /** Times of the most recent openings, ascending, at most `plan.flapping.count`; empty without it. */
  openings: readonly number[];
  /** Ids of recent occurrences that brought one, at most `maxRecentIds`. */
  recentIds: readonly string[];
  /** Indexes of `plan.recurrence` steps that have escalated and are not armed again. */
  reached: readonly number[];
  /** From when time without acknowledgement counts. */
  firedAt: number;
  /** Index of the next of `plan.timed`. */
  nextTimed: number;
  /** The reminder in force, or null. */
  reminder: Reminder | null;
  /** When the alert resolves if it stays clear; null: not clearing. */
  clearAt: number | null;
  /** Channels that were notified in this episode, in order; they hear of its end. */
  notified: readonly string[];
}

/** A notification that repeats until somebody acknowledges. */
export interface Reminder {
  readonly at: number;
  readonly everyMillis: number;
  /** How many are left; null: no end. */
  readonly left: number | null;
  readonly channels: readonly string[];
  readonly step: string;
}

/** How many occurrence ids an alert remembers. */
export const maxRecentIds = 32;

/** The identity of an alert: its key with the identity labels that it has, in a fixed order. */
export function alertId(key: string, labels: Readonly<Record<string, string>> = {}): string {
  let parts: string[] | undefined;
  for (const label of identityLabels) {
    const value = labels[label];
    if (value !== undefined) (parts ??= []).push(`${label}=${JSON.stringify(value)}`);
  }
  // Joined, not concatenated: a store keeps many of these, and joined text is flat in memory.
  return parts === undefined ? key : [key, '{', parts.join(','), '}'].join('');
}

/** The public part of an alert, a copy that later changes do not touch. */
export function publicAlert(state: AlertState): Alert {
  return {
    id: state.id,
    key: state.key,
    labels: state.labels,
    annotations: state.annotations,
    type: state.type,
    severity: state.severity,
    status: state.status,
    escalationLevel: state.escalationLevel,
    episode: state.episode,
    startsAt: state.startsAt,
    lastOccurrenceAt: state.lastOccurrenceAt,
    occurrences: state.occurrences,
    source: state.source,
    policy: state.plan.policy,
    acknowledgedAt: state.acknowledgedAt,
    acknowledgedBy: state.acknowledgedBy,
    resolvedAt: state.resolvedAt,
  };
}
