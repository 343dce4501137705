import {
  dueSql,
  effectSql,
  entrySql,
  notificationSql,
  nowSql,
  untilSql,
  updateSql,
} from './expressions-sql.js';
import { entry, readCommittedOnly } from './entry-sql.js';
import { storeFullCode } from './statement.js';
import type { NameOf } from './names.js';

/** `advance`, `watch`, `unwatch`. */
export function timerSql(t: NameOf): string {
  const alert = t('alert');
  return [
    entry(
      t,
      'advance',
      `
  a ${alert};
  fx json[];
  v_now float8 := ${nowSql('c')};
  v_limit int := (c->>'limit')::float8;
  v_watch jsonb;
  v_watches boolean := false;
  v_outcome json;
  v_batch ${alert}[] := '{}';
  v_ids text[] := '{}';
  v_early boolean;
  v_due float8;
  v_step jsonb;
  v_cause jsonb;
  v_tally text[] := '{}';
  v_resolved int := 0;
  v_forgotten text[] := '{}';`,
      `${readCommittedOnly}
  -- A watch is a raise, which waits for its alert: it must not hold others meanwhile. The caller comes again.
  UPDATE ${t('watch')} SET fired = true, due_at = NULL WHERE id = (
    SELECT id FROM ${t('watch')} WHERE due_at <= v_now ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
  ) RETURNING command INTO v_watch;
  IF v_watch IS NOT NULL THEN
    v_watches := true;
    BEGIN
      v_outcome := ${t('_raise')}(v_watch, c);
    EXCEPTION WHEN SQLSTATE '${storeFullCode}' THEN
      PERFORM ${t('_count')}('{}', 0, 0, 1, 0);
    END;
    RETURN json_build_object('advanced', 1, 'again', true,
      'channels', coalesce(v_outcome->'channels', '[]'), 'nextDueInMillis', 0);
  END IF;

  -- Locks what is due. A due time may be too early (_raise): that is put right, and is no timer.
  LOOP
    v_early := false;
    FOR a IN SELECT * FROM ${alert} WHERE opening IS NOT NULL AND due_at <= v_now AND id <> ALL (v_ids)
      ORDER BY due_at LIMIT v_limit - cardinality(v_batch) FOR UPDATE SKIP LOCKED
    LOOP
      v_due := ${dueSql};
      IF v_due <= v_now THEN
        v_batch := array_append(v_batch, a);
        v_ids := array_append(v_ids, a.id);
      ELSE
        v_early := true;
        UPDATE ${alert} SET due_at = v_due WHERE id = a.id;
      END IF;
    END LOOP;
    EXIT WHEN NOT v_early OR cardinality(v_batch) >= v_limit;
  END LOOP;

  -- advanceAlert, in the order of the streams' locks.
  v_now := ${nowSql('c')};
  FOR a IN SELECT b.* FROM unnest(v_batch) b ORDER BY ${t('_lock')}(${t('_stream')}(b.id, b.grp)), b.due_at, b.opening LOOP
    fx := '{}';
    LOOP
      v_due := ${dueSql};
      EXIT WHEN v_due IS NULL OR v_due > v_now;
      v_step := a.plan->'timed'->a.next_timed;
      IF a.clear_at = v_due THEN
        a := ${t('_resolve')}(a, v_now);
        fx := fx || ${t('_resolution')}(a, '{"kind":"clear"}', v_now);
      ELSIF a.last_occurrence_at + (a.plan->>'expireAfterMillis')::float8 = v_due THEN
        a := ${t('_resolve')}(a, v_now);
        fx := fx || ${t('_resolution')}(a, jsonb_build_object('kind', 'expiry',
          'note', format('nothing heard for %s ms', a.plan->>'expireAfterMillis')), v_now);
      ELSIF a.fired_at + (v_step->>'afterMillis')::float8 = v_due THEN
        a.next_timed := a.next_timed + 1;
        a := ${t('_escalate')}(a, v_step, v_now);
        fx := fx || ${t('_escalation')}(a, v_step, jsonb_build_object('kind', 'timer',
          'note', format('not acknowledged for %s ms', v_step->>'afterMillis')), v_now);
      ELSE
        v_step := a.reminder;
        v_cause := jsonb_build_object('kind', 'timer',
          'note', format('not acknowledged, every %s ms', v_step->>'everyMillis'));
        IF (v_step->>'left')::float8 = 1 THEN
          a.reminder := NULL;
        ELSE
          a.reminder := v_step || jsonb_build_object('at', v_now + (v_step->>'everyMillis')::float8,
            'left', (v_step->>'left')::float8 - 1);
        END IF;
        fx := array_append(fx, ${entrySql("'reminded'", 'v_cause')});
        a.notified := ${t('_told')}(a.notified, v_step->'channels');
        IF jsonb_array_length(v_step->'channels') > 0 THEN
          fx := array_append(fx, ${notificationSql("'reminder'", "v_step->'channels'", "v_step->'step'", 'v_cause')});
        END IF;
      END IF;
    END LOOP;
    IF a.status = 'resolved' THEN
      v_resolved := v_resolved + 1;
      a.opening := NULL;
      a.due_at := v_now + (c->>'retentionMillis')::float8;
    ELSE
      a.due_at := v_due;
    END IF;
    ${updateSql(t)}
    ${effectSql(t, 'c')}
  END LOOP;

  IF cardinality(v_batch) < v_limit THEN
    WITH forgotten AS (
      DELETE FROM ${alert} WHERE id IN (
        SELECT id FROM ${alert} WHERE opening IS NULL AND due_at <= v_now
        ORDER BY due_at LIMIT v_limit - cardinality(v_batch) FOR UPDATE SKIP LOCKED
      ) RETURNING id
    ) SELECT coalesce(array_agg(id), '{}') INTO v_forgotten FROM forgotten;
    IF cardinality(v_forgotten) > 0 THEN
      DELETE FROM ${t('history')} WHERE alert_id = ANY (v_forgotten);
    END IF;
  END IF;
  PERFORM ${t('_prune_silences')}(v_now);
  PERFORM ${t('_count')}(v_tally, -cardinality(v_forgotten), -v_resolved, 0, 0);

  SELECT min(x.due_at) INTO v_due FROM (
    (SELECT due_at FROM ${alert} WHERE opening IS NOT NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT 1)
    UNION ALL
    (SELECT due_at FROM ${alert} WHERE opening IS NULL ORDER BY due_at LIMIT 1)
    UNION ALL
    (SELECT due_at FROM ${t('watch')} WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
  ) x;
  RETURN json_build_object('advanced', cardinality(v_batch) + cardinality(v_forgotten), 'again', false,
    'channels', ${t('_touched')}(v_tally), 'nextDueInMillis', ${untilSql('v_due', 'v_now')});`,
    ),
    entry(
      t,
      'watch',
      `
  v_id text := ${t('_ref')}(c->'command'->>'id');
  v_fired boolean;
  v_watches bigint;`,
      `${readCommittedOnly}
  LOOP
    SELECT fired INTO v_fired FROM ${t('watch')} WHERE id = v_id FOR UPDATE;
    IF FOUND THEN
      UPDATE ${t('watch')} SET command = c->'command', fired = false,
        due_at = ${nowSql('c')} + (c->>'withinMillis')::float8 WHERE id = v_id;
      RETURN jsonb_build_object('fired', v_fired);
    END IF;
    SELECT count(*) INTO v_watches FROM ${t('watch')};
    IF v_watches >= (c->>'maxAlerts')::float8 THEN
      RAISE EXCEPTION 'no room for more than % watches', c->>'maxAlerts' USING ERRCODE = '${storeFullCode}';
    END IF;
    INSERT INTO ${t('watch')} VALUES (
      v_id, c->'command', false, ${nowSql('c')} + (c->>'withinMillis')::float8
    ) ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN RETURN '{"fired":false}'; END IF;
  END LOOP;`,
    ),
    entry(
      t,
      'unwatch',
      '',
      `
  DELETE FROM ${t('watch')} WHERE id = ${t('_ref')}(c->>'id');
  RETURN FOUND;`,
    ),
  ].join('');
}
