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
import { entry, readCommittedOnly } from './entry-sql.js';
import type { NameOf } from './names.js';

/** `change`. */
export function changeSql(t: NameOf): string {
  const alert = t('alert');
  return entry(
    t,
    'change',
    `
  a ${alert};
  fx json[] := '{}';
  m jsonb := c->'change';
  v_cause jsonb := m->'cause';
  v_now float8;
  v_due float8;
  v_changed boolean := true;
  v_clear_millis float8;
  v_tally text[] := '{}';`,
    `${readCommittedOnly}
  SELECT * INTO a FROM ${alert} WHERE id = ${t('_ref')}(c->>'id') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN '{"changed":false,"alert":null,"channels":[],"nextDueInMillis":null}';
  END IF;
  v_now := ${nowSql('c')};
  IF m->>'action' = 'clear' THEN
    SELECT x.clear_millis, x.cause INTO v_clear_millis, v_cause FROM ${t('_clearing')}(a, v_cause, v_now) x;
  END IF;
  IF (m->>'episode')::float8 <> a.episode OR a.status = 'resolved' THEN
    v_changed := false;
  ELSIF m->>'action' = 'acknowledge' AND a.status = 'firing' THEN
    a.status := 'acknowledged';
    a.acknowledged_at := v_now;
    a.acknowledged_by := v_cause->>'by';
    a.reminder := NULL;
    fx := array_append(fx, ${entrySql("'acknowledged'", 'v_cause')});
    IF (a.plan->>'notifyAcknowledged')::boolean THEN
      IF a.notified <> '[]' THEN
        fx := array_append(fx, ${notificationSql("'acknowledged'", 'a.notified', 'NULL', 'v_cause')});
      END IF;
    END IF;
  ELSIF m->>'action' = 'resolve' OR (m->>'action' = 'clear' AND v_clear_millis = 0) THEN
    a := ${t('_resolve')}(a, v_now);
    fx := ${t('_resolution')}(a, v_cause, v_now);
  ELSIF m->>'action' = 'clear' AND a.clear_at IS NULL THEN
    a.clear_at := v_now + v_clear_millis;
    fx := array_append(fx, ${entrySql("'clearing'", 'v_cause')});
  ELSIF m->>'action' = 'escalate' AND a.status = 'firing'
    AND a.escalation_level < (m->'step'->>'level')::float8
  THEN
    a := ${t('_escalate')}(a, m->'step', v_now);
    fx := ${t('_escalation')}(a, m->'step', v_cause, v_now);
  ELSE
    v_changed := false;
  END IF;
  IF v_changed THEN
    IF a.status = 'resolved' THEN
      a.opening := NULL;
      a.due_at := v_now + (c->>'retentionMillis')::float8;
    ELSE
      a.due_at := ${dueSql};
    END IF;
    ${updateSql(t)}
    ${effectSql(t, 'c')}
    PERFORM ${t('_count')}(v_tally, 0, CASE WHEN a.status = 'resolved' THEN -1 ELSE 0 END, 0, 0);
  END IF;
  v_due := ${dueSql};
  RETURN json_build_object('changed', v_changed, 'alert', ${publicSql},
    'channels', ${t('_touched')}(v_tally), 'nextDueInMillis', ${untilSql('v_due', 'v_now')});`,
  );
}
