import { entrySql, notificationSql } from './expressions-sql.js';
import type { NameOf } from './names.js';

/**
 * The parts of `lifecycle.ts`, translated. A transition changes the row variable `a` and collects its
 * effects, in order, in `fx`: a line of history (it has `event`) or a notification with its channels.
 */
export function lifecycleSql(t: NameOf): string {
  const alert = t('alert');
  return `
CREATE OR REPLACE FUNCTION ${t('_rank')}(p_severity text) RETURNS int LANGUAGE sql IMMUTABLE AS $fn$
  SELECT CASE p_severity WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 ELSE 3 END
$fn$;

-- The channels that were notified, with these.
CREATE OR REPLACE FUNCTION ${t('_told')}(p_notified jsonb, p_channels jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  v_channel text;
BEGIN
  IF p_notified = '[]' THEN RETURN p_channels; END IF;
  FOR v_channel IN SELECT jsonb_array_elements_text(p_channels) LOOP
    IF NOT p_notified ? v_channel THEN p_notified := p_notified || to_jsonb(v_channel); END IF;
  END LOOP;
  RETURN p_notified;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_remind')}(
  p_step jsonb, p_channels jsonb, p_reminder jsonb, p_now float8
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF p_reminder->>'everyMillis' IS NULL OR (p_reminder->>'max')::float8 = 0 THEN RETURN NULL; END IF;
  RETURN jsonb_build_object('at', p_now + (p_reminder->>'everyMillis')::float8,
    'everyMillis', p_reminder->'everyMillis', 'left', p_reminder->'max',
    'channels', p_channels, 'step', p_step);
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

-- The times that are kept when one more occurrence is counted; what is ahead of now counts as now.
CREATE OR REPLACE FUNCTION ${t('_recent')}(p_recent float8[], p_keep int, p_window float8, p_now float8)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE AS $fn$
DECLARE
  v_size int := cardinality(p_recent);
  v_old int := 0;
BEGIN
  IF v_size > 0 AND p_recent[v_size] > p_now THEN
    FOR v_place IN 1..v_size LOOP p_recent[v_place] := least(p_recent[v_place], p_now); END LOOP;
  END IF;
  WHILE v_old < v_size AND p_recent[v_old + 1] <= p_now - p_window LOOP v_old := v_old + 1; END LOOP;
  RETURN array_append(p_recent[greatest(v_old, v_size + 1 - p_keep) + 1:], p_now);
END $fn$;

-- The steps that stay reached: those whose window was not quiet.
CREATE OR REPLACE FUNCTION ${t('_reached')}(p_reached int[], p_recent float8[], p_plan jsonb, p_now float8)
RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS $fn$
DECLARE
  v_latest float8 := least(p_recent[cardinality(p_recent)], p_now);
  v_index int;
  v_reached int[] := '{}';
BEGIN
  IF cardinality(p_recent) = 0 OR v_latest <= p_now - (p_plan->>'keepWindowMillis')::float8 THEN
    RETURN v_reached;
  END IF;
  FOREACH v_index IN ARRAY p_reached LOOP
    IF v_latest > p_now - (p_plan->'recurrence'->v_index->>'windowMillis')::float8 THEN
      v_reached := array_append(v_reached, v_index);
    END IF;
  END LOOP;
  RETURN v_reached;
END $fn$;

-- openingsWithin: times ahead of now count as now.
CREATE OR REPLACE FUNCTION ${t('_openings')}(p_openings float8[], p_window float8, p_now float8)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE AS $fn$
BEGIN
  RETURN ARRAY(SELECT least(o, p_now) FROM unnest(p_openings) WITH ORDINALITY AS x (o, place)
    WHERE least(o, p_now) > p_now - p_window ORDER BY place);
END $fn$;

-- How long an alert must stay clear: longer while it flaps, and then the cause says so.
CREATE OR REPLACE FUNCTION ${t('_clearing')}(a ${alert}, p_cause jsonb, p_now float8, OUT clear_millis float8, OUT cause jsonb)
LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  f jsonb := a.plan->'flapping';
BEGIN
  clear_millis := (a.plan->>'minClearMillis')::float8;
  cause := p_cause;
  IF cardinality(a.openings) >= (f->>'count')::float8
    AND cardinality(${t('_openings')}(a.openings, (f->>'windowMillis')::float8, p_now)) >= (f->>'count')::float8
  THEN
    clear_millis := greatest(clear_millis, (f->>'minClearMillis')::float8);
    cause := p_cause || jsonb_build_object('note',
      format('flapping: %s openings within %s ms', f->>'count', f->>'windowMillis'));
  END IF;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_escalate')}(a ${alert}, p_step jsonb, p_now float8)
RETURNS ${alert} LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  a.escalation_level := greatest(a.escalation_level, (p_step->>'level')::float8);
  IF p_step->>'severity' IS NOT NULL AND ${t('_rank')}(p_step->>'severity') > ${t('_rank')}(a.severity) THEN
    a.severity := p_step->>'severity';
  END IF;
  a.type := coalesce(p_step->>'type', a.escalated_type, a.type);
  a.reminder := ${t('_remind')}(p_step->'name', p_step->'channels', p_step->'reminder', p_now);
  a.notified := ${t('_told')}(a.notified, p_step->'channels');
  RETURN a;
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_escalation')}(a ${alert}, p_step jsonb, p_cause jsonb, v_now float8)
RETURNS json[] LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN ARRAY[
    ${entrySql("'escalated'", 'p_cause')},
    ${notificationSql("'escalated'", "p_step->'channels'", "p_step->'name'", 'p_cause')}];
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

CREATE OR REPLACE FUNCTION ${t('_resolution')}(a ${alert}, p_cause jsonb, v_now float8)
RETURNS json[] LANGUAGE plpgsql STABLE AS $fn$
DECLARE
  fx json[] := ARRAY[${entrySql("'resolved'", 'p_cause')}];
BEGIN
  IF (a.plan->>'notifyResolved')::boolean THEN
    fx := array_append(fx, ${notificationSql("'resolved'", 'a.notified', 'NULL', 'p_cause')});
  END IF;
  RETURN fx;
END $fn$;
`;
}
