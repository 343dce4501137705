import type { NameOf } from './names.js';

/*
 * Expressions over the row variable `a` and the options `o`, written out where they are used: in
 * PL/pgSQL a call that takes and gives whole rows costs more than what these do.
 */

/** The time that decides, milliseconds; to be read after the lock is held. */
export const nowSql = (o: string): string =>
  `(floor(date_part('epoch', clock_timestamp()) * 1000) + coalesce((${o}->>'offset')::float8, 0))`;

/** How long until then, or null. */
export const untilSql = (due: string, now: string): string =>
  `CASE WHEN ${due} IS NOT NULL THEN greatest(0, ${due} - ${now}) END`;

/** `alertDueAt`: `least` passes over what is null. */
export const dueSql = `CASE a.status
    WHEN 'firing' THEN least(a.clear_at, a.last_occurrence_at + (a.plan->>'expireAfterMillis')::float8,
      a.fired_at + (a.plan->'timed'->a.next_timed->>'afterMillis')::float8, (a.reminder->>'at')::float8)
    WHEN 'acknowledged' THEN least(a.clear_at, a.last_occurrence_at + (a.plan->>'expireAfterMillis')::float8)
  END`;

/** `publicAlert`. */
export const publicSql = `json_build_object(
    'id', coalesce(a.long_id, a.id), 'key', a.key, 'labels', a.labels, 'annotations', a.annotations,
    'type', a.type, 'severity', a.severity, 'status', a.status,
    'escalationLevel', a.escalation_level, 'episode', a.episode, 'startsAt', a.starts_at,
    'lastOccurrenceAt', a.last_occurrence_at, 'occurrences', a.occurrences, 'source', a.source,
    'policy', a.plan->'policy', 'acknowledgedAt', a.acknowledged_at,
    'acknowledgedBy', a.acknowledged_by, 'resolvedAt', a.resolved_at)`;

/** A line of history. */
export const entrySql = (event: string, cause: string): string => `json_build_object('at', v_now,
    'event', ${event}, 'cause', ${cause}, 'episode', a.episode, 'status', a.status,
    'severity', a.severity, 'escalationLevel', a.escalation_level)`;

/** A notification with the channels that it is for; `alert` is its public part. */
export const notificationSql = (
  kind: string,
  channels: string,
  step: string,
  cause: string,
  alert: string = publicSql,
): string => `json_build_object('channels', ${channels}, 'notification', json_build_object(
    'kind', ${kind}, 'at', v_now, 'step', ${step}, 'cause', ${cause}, 'alert', ${alert}))`;

/** Writes the effects `fx` of the row's transition, which the tally `v_tally` counts. */
export const effectSql = (t: NameOf, o: string): string =>
  `v_tally := ${t('_effect')}(a.id, a.grp, (a.plan->>'groupWaitMillis')::float8, fx, v_now, ${o}, v_tally);`;

/** Writes the row. */
export const updateSql = (t: NameOf): string => `UPDATE ${t('alert')} SET
    labels = a.labels, annotations = a.annotations, type = a.type, severity = a.severity,
    status = a.status, escalation_level = a.escalation_level, episode = a.episode,
    starts_at = a.starts_at, last_occurrence_at = a.last_occurrence_at,
    occurrences = a.occurrences, source = a.source, acknowledged_at = a.acknowledged_at,
    acknowledged_by = a.acknowledged_by, resolved_at = a.resolved_at, plan = a.plan, grp = a.grp,
    escalated_type = a.escalated_type, recent = a.recent, recent_ids = a.recent_ids,
    reached = a.reached, fired_at = a.fired_at, next_timed = a.next_timed,
    reminder = a.reminder, clear_at = a.clear_at, notified = a.notified, opening = a.opening,
    due_at = a.due_at, openings = a.openings
  WHERE id = a.id;`;
