import { maxRecentIds } from '../alert.js';
import {
  dueSql,
  effectSql,
  entrySql,
  notificationSql,
  nowSql,
  publicSql,
  untilSql,
  updateSql,
} from './expressions-sql.js';
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

/**
 * `raiseAlert`, from the row's lock to its effects. An alert that does not exist is inserted as it ends
 * up; where somebody else was first, all is decided again.
 */
export function raiseSql(t: NameOf): string {
  const alert = t('alert');
  const adopted = `${t('_remind')}('"initial"', c->'plan'->'channels', c->'plan'->'reminder', v_now)`;
  return `
CREATE OR REPLACE FUNCTION ${t('_raise')}(c jsonb, o jsonb) RETURNS json LANGUAGE plpgsql AS $fn$
DECLARE
  a ${alert};
  fx json[];
  v_id text := c->>'id';
  v_now float8;
  v_existed boolean;
  v_opened boolean;
  v_worsened boolean;
  v_counted boolean;
  v_step jsonb;
  v_steps jsonb[];
  v_channels jsonb;
  v_evicted int := 0;
  v_due float8;
  v_public json;
  v_tally text[] := '{}';
  v_touched json;
BEGIN
  IF octet_length(v_id) > 500 THEN v_id := ${t('_ref')}(v_id); END IF;
  LOOP
    SELECT * INTO a FROM ${alert} WHERE id = v_id FOR UPDATE;
    v_existed := FOUND;
    v_now := ${nowSql('o')};
    fx := '{}';
    v_steps := NULL;
    v_public := NULL;
    IF v_existed AND c->>'occurrenceId' = ANY (a.recent_ids) THEN
      v_due := ${dueSql};
      RETURN json_build_object('opened', false, 'escalated', false, 'duplicate', true,
        'alert', ${publicSql},
        'recent', ${t('_within')}(a.recent, (a.plan->>'keepWindowMillis')::float8, v_now),
        'channels', json_build_array(), 'nextDueInMillis', ${untilSql('v_due', 'v_now')});
    END IF;
    v_opened := NOT v_existed OR a.status = 'resolved';
    v_worsened := false;
    v_counted := v_opened OR a.plan->>'occurrence' = 'report';
    IF v_opened THEN
      a := ROW(v_id, nullif(c->>'id', v_id), c->>'key', c->'labels', c->'annotations',
        c->>'type', c->>'severity', 'firing', 1, coalesce(a.episode, 0) + 1,
        coalesce((c->>'startsAt')::float8, v_now), v_now, 1, c->'source', NULL, NULL, NULL,
        c->'plan', c->>'group', c->>'escalatedType',
        CASE WHEN v_existed THEN a.recent ELSE ARRAY[v_now] END, coalesce(a.recent_ids, '{}'), '{}',
        v_now, 0, CASE WHEN c->'plan'->>'reminder' IS NOT NULL THEN ${adopted} END,
        NULL, '[]', nextval('${t('openings')}'), a.due_at, CASE
          WHEN c->'plan'->'flapping'->>'count' IS NULL THEN '{}'
          ELSE array_append(a.openings, v_now) END)::${alert};
      IF cardinality(a.openings) > 1 THEN
        a.openings := ${t('_openings')}(a.openings, (a.plan->'flapping'->>'windowMillis')::float8, v_now);
        a.openings := a.openings[cardinality(a.openings) - (a.plan->'flapping'->>'count')::float8::int + 1:];
      END IF;
    ELSE
      a.labels := c->'labels';
      a.annotations := c->'annotations';
      a.source := c->'source';
      a.occurrences := a.occurrences + 1;
      a.last_occurrence_at := v_now;
      a.clear_at := NULL;
      IF c->>'severity' <> a.severity AND ${t('_rank')}(c->>'severity') > ${t('_rank')}(a.severity) THEN
        v_worsened := true;
        a.severity := c->>'severity';
        IF c->'plan'->>'policy' <> a.plan->>'policy' THEN
          a.plan := c->'plan';
          a.grp := c->>'group';
          a.escalated_type := c->>'escalatedType';
          a.reached := '{}';
          a.fired_at := v_now;
          a.next_timed := 0;
          a.reminder := ${adopted};
        END IF;
      END IF;
    END IF;
    IF c->>'occurrenceId' IS NOT NULL THEN
      a.recent_ids := array_append(
        a.recent_ids[cardinality(a.recent_ids) - ${maxRecentIds - 2}:], c->>'occurrenceId');
    END IF;
    IF v_counted AND v_existed THEN
      IF cardinality(a.reached) > 0 THEN
        a.reached := ${t('_reached')}(a.reached, a.recent, a.plan, v_now);
      END IF;
      a.recent := ${t('_recent')}(a.recent, (a.plan->>'keepOccurrences')::float8::int,
        (a.plan->>'keepWindowMillis')::float8, v_now);
    END IF;
    IF v_opened THEN fx := ARRAY[${entrySql("'firing'", `'{"kind":"raise"}'::json`)}];
    ELSIF v_worsened THEN fx := ARRAY[${entrySql("'worsened'", `'{"kind":"raise"}'::json`)}];
    END IF;
    IF a.status = 'firing' THEN
      IF v_counted THEN
        FOR v_index IN 0..jsonb_array_length(a.plan->'recurrence') - 1 LOOP
          v_step := a.plan->'recurrence'->v_index;
          IF cardinality(a.recent) >= (v_step->>'count')::float8 AND NOT v_index = ANY (a.reached)
            AND ${t('_within')}(a.recent, (v_step->>'windowMillis')::float8, v_now) >= (v_step->>'count')::float8
          THEN
            a.reached := array_append(a.reached, v_index);
            v_steps := array_append(v_steps, v_step);
          END IF;
        END LOOP;
      END IF;
      IF v_opened OR v_worsened THEN
        v_channels := a.plan->'channels';
        IF v_steps IS NOT NULL THEN
          FOREACH v_step IN ARRAY v_steps LOOP
            v_channels := v_channels - ARRAY(SELECT jsonb_array_elements_text(v_step->'channels'));
          END LOOP;
        END IF;
        IF v_channels <> '[]' THEN
          a.notified := ${t('_told')}(a.notified, v_channels);
          v_public := ${publicSql};
          fx := array_append(fx, ${notificationSql(
            "CASE WHEN v_opened THEN 'initial' ELSE 'worsened' END",
            'v_channels',
            'NULL',
            `'{"kind":"raise"}'::json`,
            'v_public',
          )});
        END IF;
      END IF;
      IF v_steps IS NOT NULL THEN
        v_public := NULL;
        FOREACH v_step IN ARRAY v_steps LOOP
          a := ${t('_escalate')}(a, v_step, v_now);
          fx := fx || ${t('_escalation')}(a, v_step, jsonb_build_object('kind', 'recurrence', 'note',
            format('%s occurrences within %s ms', v_step->>'count', v_step->>'windowMillis')), v_now);
        END LOOP;
      END IF;
    END IF;

    v_due := ${dueSql};
    -- A due time that is too early is left, so that the index is not touched at every raise.
    IF v_opened OR a.due_at IS NULL OR v_due IS NULL OR v_due < a.due_at THEN a.due_at := v_due; END IF;
    IF v_existed THEN
      ${updateSql(t)}
      EXIT;
    END IF;
    IF v_evicted = 0 THEN v_evicted := ${t('_make_room')}(o); END IF;
    INSERT INTO ${alert} VALUES (a.*) ON CONFLICT (id) DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  IF cardinality(fx) > 0 THEN
    ${effectSql(t, 'o')}
    PERFORM ${t('_count')}(v_tally, CASE WHEN v_existed THEN 0 ELSE 1 END - v_evicted,
      CASE WHEN v_opened THEN 1 ELSE 0 END, 0, v_evicted);
    v_touched := ${t('_touched')}(v_tally);
  END IF;
  RETURN json_build_object('opened', v_opened, 'escalated', v_steps IS NOT NULL,
    'duplicate', false, 'alert', coalesce(v_public, ${publicSql}),
    'recent', CASE WHEN v_counted THEN cardinality(a.recent)
      ELSE ${t('_within')}(a.recent, (a.plan->>'keepWindowMillis')::float8, v_now) END,
    'channels', coalesce(v_touched, '[]'), 'nextDueInMillis', ${untilSql('v_due', 'v_now')});
END $fn$;
`;
}
