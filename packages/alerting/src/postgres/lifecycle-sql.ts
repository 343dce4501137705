import { maxRecentIds } from '../alert.js';
import type { NameOf } from './names.js';

/**
 * `lifecycle.ts`, translated. A transition changes the row variable `a` and collects its effects, in
 * order, in `fx`: a line of history (it has `event`) or a notification with its channels.
 */
export function lifecycleSql(t: NameOf): string {
  const alert = t('alert');
  return `
CREATE OR REPLACE FUNCTION ${t('_public')}(a ${alert}) RETURNS json LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN json_build_object(
    'id', coalesce(a.long_id, a.id), 'key', a.key, 'labels', a.labels, 'annotations', a.annotations,
    'type', a.type, 'severity', a.severity, 'status', a.status,
    'escalationLevel', a.escalation_level, 'episode', a.episode, 'startsAt', a.starts_at,
    'lastOccurrenceAt', a.last_occurrence_at, 'occurrences', a.occurrences, 'source', a.source,
    'policy', a.plan->'policy', 'acknowledgedAt', a.acknowledged_at,
    'acknowledgedBy', a.acknowledged_by, 'resolvedAt', a.resolved_at);
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_entry')}(a ${alert}, p_event text, p_cause jsonb, p_now float8)
RETURNS json LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN json_build_object('at', p_now, 'event', p_event, 'cause', p_cause, 'episode', a.episode,
    'status', a.status, 'severity', a.severity, 'escalationLevel', a.escalation_level);
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_notification')}(
  a ${alert}, p_kind text, p_channels jsonb, p_step jsonb, p_cause jsonb, p_now float8
) RETURNS json LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN json_build_object('channels', p_channels, 'notification', json_build_object(
    'kind', p_kind, 'at', p_now, 'step', p_step, 'cause', p_cause, 'alert', ${t('_public')}(a)));
END $fn$;

-- The channels that were notified, with these.
CREATE OR REPLACE FUNCTION ${t('_told')}(p_notified text[], p_channels jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_first boolean := cardinality(p_notified) = 0;
  v_channel text;
BEGIN
  FOR v_channel IN SELECT jsonb_array_elements_text(p_channels) LOOP
    IF v_first OR NOT v_channel = ANY (p_notified) THEN
      p_notified := array_append(p_notified, v_channel);
    END IF;
  END LOOP;
  RETURN p_notified;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_rank')}(p_severity text) RETURNS int LANGUAGE sql IMMUTABLE AS $fn$
  SELECT CASE p_severity WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 ELSE 3 END
$fn$;

CREATE OR REPLACE FUNCTION ${t('_remind')}(
  p_step jsonb, p_channels jsonb, p_reminder jsonb, p_now float8
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF p_reminder->>'everyMillis' IS NULL OR (p_reminder->>'max')::float8 = 0 THEN RETURN NULL; END IF;
  RETURN jsonb_build_object('at', p_now + (p_reminder->>'everyMillis')::float8,
    'everyMillis', p_reminder->'everyMillis', 'left', p_reminder->'max',
    'channels', p_channels, 'step', p_step);
END $fn$;

-- alertDueAt: least() passes over what is null.
CREATE OR REPLACE FUNCTION ${t('_due')}(a ${alert}) RETURNS float8 LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_due float8 := a.clear_at;
BEGIN
  IF a.status = 'resolved' THEN RETURN NULL; END IF;
  v_due := least(v_due, a.last_occurrence_at + (a.plan->>'expireAfterMillis')::float8);
  IF a.status = 'firing' THEN
    v_due := least(v_due, a.fired_at + (a.plan->'timed'->a.next_timed->>'afterMillis')::float8,
      (a.reminder->>'at')::float8);
  END IF;
  RETURN v_due;
END $fn$;

-- occurrencesWithin: the times ascend.
CREATE OR REPLACE FUNCTION ${t('_within')}(p_recent float8[], p_window float8, p_now float8)
RETURNS int LANGUAGE plpgsql IMMUTABLE AS $fn$
DECLARE
  v_size int := cardinality(p_recent);
  v_place int := v_size;
BEGIN
  WHILE v_place > 0 AND least(p_recent[v_place], p_now) > p_now - p_window LOOP
    v_place := v_place - 1;
  END LOOP;
  RETURN v_size - v_place;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_adopt')}(a ${alert}, p_command jsonb, p_now float8)
RETURNS ${alert} LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  a.plan := p_command->'plan';
  a.grp := p_command->>'group';
  a.escalated_type := p_command->>'escalatedType';
  a.reached := '{}';
  a.fired_at := p_now;
  a.next_timed := 0;
  a.reminder := ${t('_remind')}('"initial"', a.plan->'channels', a.plan->'reminder', p_now);
  RETURN a;
END $fn$;

-- countOccurrence: arms again what was quiet for its whole window, then adds this occurrence.
CREATE OR REPLACE FUNCTION ${t('_occur')}(a ${alert}, p_now float8)
RETURNS ${alert} LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_keep int := (a.plan->>'keepOccurrences')::float8;
  v_cutoff float8 := p_now - (a.plan->>'keepWindowMillis')::float8;
  v_recent float8[] := a.recent;
  v_size int := cardinality(v_recent);
  v_old int := 0;
  v_latest float8;
  v_index int;
  v_reached int[] := '{}';
BEGIN
  IF v_size > 0 AND v_recent[v_size] > p_now THEN
    FOR v_place IN 1..v_size LOOP v_recent[v_place] := least(v_recent[v_place], p_now); END LOOP;
  END IF;
  WHILE v_old < v_size AND v_recent[v_old + 1] <= v_cutoff LOOP v_old := v_old + 1; END LOOP;
  IF cardinality(a.reached) > 0 THEN
    IF v_old < v_size THEN v_latest := v_recent[v_size]; END IF;
    FOREACH v_index IN ARRAY a.reached LOOP
      IF v_latest > p_now - (a.plan->'recurrence'->v_index->>'windowMillis')::float8 THEN
        v_reached := array_append(v_reached, v_index);
      END IF;
    END LOOP;
    a.reached := v_reached;
  END IF;
  v_old := greatest(v_old, v_size + 1 - v_keep);
  IF v_old > 0 THEN v_recent := v_recent[v_old + 1:]; END IF;
  a.recent := array_append(v_recent, p_now);
  RETURN a;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_escalate')}(a ${alert}, p_step jsonb, p_now float8)
RETURNS ${alert} LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  a.escalation_level := greatest(a.escalation_level, (p_step->>'level')::float8);
  IF ${t('_rank')}(p_step->>'severity') > ${t('_rank')}(a.severity) AND p_step->>'severity' IS NOT NULL THEN
    a.severity := p_step->>'severity';
  END IF;
  a.type := coalesce(p_step->>'type', a.escalated_type, a.type);
  a.reminder := ${t('_remind')}(p_step->'name', p_step->'channels', p_step->'reminder', p_now);
  a.notified := ${t('_told')}(a.notified, p_step->'channels');
  RETURN a;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_escalation')}(a ${alert}, p_step jsonb, p_cause jsonb, p_now float8)
RETURNS json[] LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN ARRAY[
    ${t('_entry')}(a, 'escalated', p_cause, p_now),
    ${t('_notification')}(a, 'escalated', p_step->'channels', p_step->'name', p_cause, p_now)];
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_resolve')}(a ${alert}, p_now float8)
RETURNS ${alert} LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  a.status := 'resolved';
  a.resolved_at := p_now;
  a.clear_at := NULL;
  a.reminder := NULL;
  RETURN a;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_resolution')}(a ${alert}, p_cause jsonb, p_now float8)
RETURNS json[] LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  fx json[] := ARRAY[${t('_entry')}(a, 'resolved', p_cause, p_now)];
BEGIN
  IF (a.plan->>'notifyResolved')::boolean THEN
    fx := array_append(fx,
      ${t('_notification')}(a, 'resolved', to_jsonb(a.notified), NULL, p_cause, p_now));
  END IF;
  RETURN fx;
END $fn$;

-- raiseAlert, from the row's lock to its effects. An alert that does not exist is inserted as it ends
-- up; where somebody else was first, all is decided again.
CREATE OR REPLACE FUNCTION ${t('_raise')}(c jsonb, o jsonb) RETURNS json LANGUAGE plpgsql AS $fn$
DECLARE
  a ${alert};
  fx json[];
  v_id text := ${t('_ref')}(c->>'id');
  v_occurrence text := c->>'occurrenceId';
  v_cause constant jsonb := '{"kind":"raise"}';
  v_now float8;
  v_existed boolean;
  v_opened boolean;
  v_worsened boolean;
  v_counted boolean;
  v_duplicate boolean := false;
  v_step jsonb;
  v_steps jsonb[];
  v_channels jsonb;
  v_evicted int := 0;
  v_due float8;
  v_tally text[] := '{}';
  v_touched json := '[]';
BEGIN
  LOOP
    SELECT * INTO a FROM ${alert} WHERE id = v_id FOR UPDATE;
    v_existed := FOUND;
    v_now := ${t('_now')}(o);
    fx := '{}';
    v_steps := '{}';
    IF NOT v_existed THEN
      a.id := v_id;
      a.long_id := nullif(c->>'id', v_id);
      a.key := c->>'key';
      a.status := 'resolved';
      a.episode := 0;
      a.recent := '{}';
      a.recent_ids := '{}';
      a.reached := '{}';
    END IF;
    IF v_occurrence IS NOT NULL THEN
      IF v_occurrence = ANY (a.recent_ids) THEN
        v_duplicate := true;
        v_opened := false;
        EXIT;
      END IF;
      a.recent_ids := array_append(
        a.recent_ids[cardinality(a.recent_ids) - ${maxRecentIds - 2}:], v_occurrence);
    END IF;
    v_opened := a.status = 'resolved';
    IF v_opened THEN
      a.status := 'firing';
      a.episode := a.episode + 1;
      a.escalation_level := 1;
      a.severity := c->>'severity';
      a.type := c->>'type';
      a.starts_at := coalesce((c->>'startsAt')::float8, v_now);
      a.occurrences := 0;
      a.acknowledged_at := NULL;
      a.acknowledged_by := NULL;
      a.resolved_at := NULL;
      a.notified := '{}';
      a.opening := nextval('${t('openings')}');
      a := ${t('_adopt')}(a, c, v_now);
    END IF;
    v_counted := v_opened OR a.plan->>'occurrence' = 'report';
    a.labels := c->'labels';
    a.annotations := c->'annotations';
    a.source := c->'source';
    a.occurrences := a.occurrences + 1;
    a.last_occurrence_at := v_now;
    a.clear_at := NULL;
    v_worsened := NOT v_opened AND ${t('_rank')}(c->>'severity') > ${t('_rank')}(a.severity);
    IF v_worsened THEN
      a.severity := c->>'severity';
      IF c->'plan'->>'policy' <> a.plan->>'policy' THEN a := ${t('_adopt')}(a, c, v_now); END IF;
    END IF;
    IF v_counted THEN a := ${t('_occur')}(a, v_now); END IF;
    IF v_opened THEN fx := array_append(fx, ${t('_entry')}(a, 'firing', v_cause, v_now));
    ELSIF v_worsened THEN fx := array_append(fx, ${t('_entry')}(a, 'worsened', v_cause, v_now));
    END IF;
    IF a.status = 'firing' THEN
      IF v_counted THEN
        FOR v_index IN 0..jsonb_array_length(a.plan->'recurrence') - 1 LOOP
          v_step := a.plan->'recurrence'->v_index;
          IF NOT v_index = ANY (a.reached)
            AND ${t('_within')}(a.recent, (v_step->>'windowMillis')::float8, v_now) >= (v_step->>'count')::float8
          THEN
            a.reached := array_append(a.reached, v_index);
            v_steps := array_append(v_steps, v_step);
          END IF;
        END LOOP;
      END IF;
      IF v_opened OR v_worsened THEN
        v_channels := a.plan->'channels';
        FOREACH v_step IN ARRAY v_steps LOOP
          v_channels := v_channels - ARRAY(SELECT jsonb_array_elements_text(v_step->'channels'));
        END LOOP;
        IF jsonb_array_length(v_channels) > 0 THEN
          a.notified := ${t('_told')}(a.notified, v_channels);
          fx := array_append(fx, ${t('_notification')}(a,
            CASE WHEN v_opened THEN 'initial' ELSE 'worsened' END, v_channels, NULL, v_cause, v_now));
        END IF;
      END IF;
      FOREACH v_step IN ARRAY v_steps LOOP
        a := ${t('_escalate')}(a, v_step, v_now);
        fx := fx || ${t('_escalation')}(a, v_step, jsonb_build_object('kind', 'recurrence', 'note',
          format('%s occurrences within %s ms', v_step->>'count', v_step->>'windowMillis')), v_now);
      END LOOP;
    END IF;

    v_due := ${t('_due')}(a);
    -- A due time that is too early is left, so that the index is not touched at every raise.
    IF v_opened OR a.due_at IS NULL OR v_due IS NULL OR v_due < a.due_at THEN a.due_at := v_due; END IF;
    IF v_existed THEN
      PERFORM ${t('_update')}(a);
      EXIT;
    END IF;
    IF v_evicted = 0 THEN v_evicted := ${t('_make_room')}(o); END IF;
    INSERT INTO ${alert} VALUES (a.*) ON CONFLICT (id) DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  IF cardinality(fx) > 0 AND NOT v_duplicate THEN
    v_tally := ${t('_effect')}(a, fx, v_now, o, v_tally);
    PERFORM ${t('_count')}(v_tally, CASE WHEN v_existed THEN 0 ELSE 1 END - v_evicted,
      CASE WHEN v_opened THEN 1 ELSE 0 END, 0, v_evicted);
    v_touched := ${t('_touched')}(v_tally);
  END IF;
  IF v_duplicate THEN v_due := ${t('_due')}(a); END IF;
  RETURN json_build_object('opened', v_opened, 'escalated', cardinality(v_steps) > 0,
    'duplicate', v_duplicate, 'row', row_to_json(a),
    'recent', ${t('_within')}(a.recent, (a.plan->>'keepWindowMillis')::float8, v_now),
    'channels', v_touched,
    'nextDueInMillis', CASE WHEN v_due IS NOT NULL THEN greatest(0, v_due - v_now) END);
END $fn$;
`;
}
