import { maxRecentIds } from '../alert.js';
import { entry, readCommittedOnly } from './entry-sql.js';
import {
  dueSql,
  entrySql,
  notificationSql,
  nowSql,
  publicSql,
  untilSql,
  updateSql,
} from './expressions-sql.js';
import type { NameOf } from './names.js';

/**
 * `raiseAlert`, from the row's lock to its effects, which the caller has to write. An alert that does not
 * exist is inserted as it ends up; where somebody else was first, all is decided again.
 */
function raiseRowSql(t: NameOf): string {
  const alert = t('alert');
  const adopted = `${t('_remind')}('"initial"', c->'plan'->'channels', c->'plan'->'reminder', v_now)`;
  return `
CREATE OR REPLACE FUNCTION ${t('_raise_row')}(
  c jsonb, o jsonb, OUT outcome json, OUT v_id text, OUT grp text, OUT wait float8, OUT v_now float8,
  OUT fx json[], OUT new_alerts int, OUT openings int, OUT evicted int
) LANGUAGE plpgsql AS $fn$
DECLARE
  a ${alert};
  v_existed boolean;
  v_opened boolean;
  v_worsened boolean;
  v_counted boolean;
  v_step jsonb;
  v_steps jsonb[];
  v_channels jsonb;
  v_due float8;
  v_public json;
BEGIN
  evicted := 0;
  v_id := c->>'id';
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
      new_alerts := 0;
      openings := 0;
      outcome := json_build_object('opened', false, 'escalated', false, 'duplicate', true,
        'alert', ${publicSql},
        'recent', ${t('_within')}(a.recent, (a.plan->>'keepWindowMillis')::float8, v_now),
        'nextDueInMillis', ${untilSql('v_due', 'v_now')});
      RETURN;
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
    IF evicted = 0 THEN evicted := ${t('_make_room')}(o); END IF;
    INSERT INTO ${alert} VALUES (a.*) ON CONFLICT (id) DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  grp := a.grp;
  wait := (a.plan->>'groupWaitMillis')::float8;
  new_alerts := CASE WHEN v_existed THEN 0 ELSE 1 END;
  openings := CASE WHEN v_opened THEN 1 ELSE 0 END;
  outcome := json_build_object('opened', v_opened, 'escalated', v_steps IS NOT NULL,
    'duplicate', false, 'alert', coalesce(v_public, ${publicSql}),
    'recent', CASE WHEN v_counted THEN cardinality(a.recent)
      ELSE ${t('_within')}(a.recent, (a.plan->>'keepWindowMillis')::float8, v_now) END,
    'nextDueInMillis', ${untilSql('v_due', 'v_now')});
END $fn$;
`;
}

/**
 * Raises several alerts in one transaction: Postgres prepares a function's expressions anew in each,
 * which costs more than their evaluation. Locks are taken in their order: all alerts by id, all
 * streams, then what is written about them.
 */
function raiseAllSql(t: NameOf): string {
  return `
-- For each command, in their order, what it did and the channels that have something new to deliver.
CREATE OR REPLACE FUNCTION ${t('_raise_all')}(p_commands jsonb, o jsonb) RETURNS json LANGUAGE plpgsql AS $fn$
DECLARE
  r record;
  v_size int := jsonb_array_length(p_commands);
  v_order int[] := '{0}';
  v_place int;
  v_lock bigint;
  v_new_alerts int := 0;
  v_openings int := 0;
  v_evicted int := 0;
  v_tally text[] := '{}';
  v_told int;
  -- Of each command, in the order of the ids. Its effects are those of v_fx up to v_until.
  v_ids text[] := '{}';
  v_groups text[] := '{}';
  v_waits float8[] := '{}';
  v_times float8[] := '{}';
  v_fx json[] := '{}';
  v_until int[] := '{0}';
  v_outcomes json[] := '{}';
  v_answers json[];
BEGIN
  IF v_size > 1 THEN
    v_order := ARRAY(SELECT x.place - 1 FROM jsonb_array_elements(p_commands) WITH ORDINALITY AS x (command, place)
      ORDER BY ${t('_ref')}(x.command->>'id'), x.place);
  END IF;
  FOREACH v_place IN ARRAY v_order LOOP
    r := ${t('_raise_row')}(p_commands->v_place, o);
    v_ids := array_append(v_ids, r.v_id);
    v_groups := array_append(v_groups, r.grp);
    v_waits := array_append(v_waits, r.wait);
    v_times := array_append(v_times, r.v_now);
    v_fx := v_fx || r.fx;
    v_until := array_append(v_until, cardinality(v_fx));
    v_outcomes := array_append(v_outcomes, r.outcome);
    v_new_alerts := v_new_alerts + r.new_alerts - r.evicted;
    v_openings := v_openings + r.openings;
    v_evicted := v_evicted + r.evicted;
  END LOOP;
  IF v_size > 1 AND cardinality(v_fx) > 0 THEN
    FOR v_lock IN SELECT DISTINCT ${t('_lock')}(${t('_stream')}(x.id, x.grp)) AS lock
      FROM unnest(v_ids, v_groups, v_until[:v_size], v_until[2:]) AS x (id, grp, after, until)
      WHERE x.until > x.after ORDER BY lock
    LOOP
      PERFORM pg_advisory_xact_lock(v_lock);
    END LOOP;
  END IF;
  v_answers := array_fill(NULL::json, ARRAY[v_size]);
  FOR v_place IN 1..v_size LOOP
    v_told := cardinality(v_tally);
    IF v_until[v_place + 1] > v_until[v_place] THEN
      v_tally := ${t('_effect')}(v_ids[v_place], v_groups[v_place], v_waits[v_place],
        v_fx[v_until[v_place] + 1:v_until[v_place + 1]], v_times[v_place], o, v_tally);
    END IF;
    v_answers[v_order[v_place] + 1] := json_build_object('outcome', v_outcomes[v_place],
      'channels', ${t('_touched')}(v_tally[v_told + 1:]));
  END LOOP;
  IF cardinality(v_fx) > 0 THEN
    PERFORM ${t('_count')}(v_tally, v_new_alerts, v_openings, 0, v_evicted);
  END IF;
  RETURN array_to_json(v_answers);
END $fn$;

-- One alone, as one object.
CREATE OR REPLACE FUNCTION ${t('_raise')}(c jsonb, o jsonb) RETURNS json LANGUAGE plpgsql AS $fn$
DECLARE
  v_answer json := ${t('_raise_all')}(jsonb_build_array(c), o)->0;
BEGIN
  RETURN (v_answer->'outcome')::jsonb || jsonb_build_object('channels', v_answer->'channels');
END $fn$;
`;
}

/** What raises alerts: `_raise` one, `_raise_all` several. */
export function raiseSql(t: NameOf): string {
  return raiseRowSql(t) + raiseAllSql(t);
}

/** `raise` and `raise_all`. A replica of an earlier release calls `raise`. */
export function raiseEntriesSql(t: NameOf): string {
  return [
    entry(t, 'raise', '', `${readCommittedOnly}\n  RETURN ${t('_raise')}(c->'command', c);`),
    entry(
      t,
      'raise_all',
      '',
      `${readCommittedOnly}\n  RETURN ${t('_raise_all')}(c->'commands', c);`,
    ),
  ].join('');
}
