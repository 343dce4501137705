import type { AlertState } from '../alert.js';

/** A row of the table of alerts, as `row_to_json` writes it: what has one word is as in `AlertState`. */
export type AlertRow = Pick<
  AlertState,
  | 'id'
  | 'key'
  | 'labels'
  | 'annotations'
  | 'type'
  | 'severity'
  | 'status'
  | 'episode'
  | 'occurrences'
  | 'source'
  | 'plan'
  | 'recent'
  | 'openings'
  | 'reached'
  | 'reminder'
  | 'notified'
> & {
  /** The id where it is too long for an index; then `id` is a digest of it. */
  readonly long_id: string | null;
  readonly escalation_level: number;
  readonly starts_at: number;
  readonly last_occurrence_at: number;
  readonly acknowledged_at: number | null;
  readonly acknowledged_by: string | null;
  readonly resolved_at: number | null;
  readonly grp: string | null;
  readonly escalated_type: string | null;
  readonly recent_ids: readonly string[];
  readonly fired_at: number;
  readonly next_timed: number;
  readonly clear_at: number | null;
};

/** The alert that a row holds. */
export function stateOf(row: AlertRow): AlertState {
  return {
    id: row.long_id ?? row.id,
    key: row.key,
    labels: row.labels,
    annotations: row.annotations,
    type: row.type,
    severity: row.severity,
    status: row.status,
    escalationLevel: row.escalation_level,
    episode: row.episode,
    startsAt: row.starts_at,
    lastOccurrenceAt: row.last_occurrence_at,
    occurrences: row.occurrences,
    source: row.source,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
    resolvedAt: row.resolved_at,
    plan: row.plan,
    group: row.grp,
    escalatedType: row.escalated_type,
    recent: row.recent,
    openings: row.openings,
    recentIds: row.recent_ids,
    reached: row.reached,
    firedAt: row.fired_at,
    nextTimed: row.next_timed,
    reminder: row.reminder,
    clearAt: row.clear_at,
    notified: row.notified,
  };
}
