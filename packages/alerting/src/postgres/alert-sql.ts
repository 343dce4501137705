import { maxGroupSize } from '../notification.js';
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

/** Longer ids are replaced by a digest in what is indexed, bytes. */
const longestReference = 500;

/** SQLSTATE of a store that has no room. */
export const storeFullCode = 'ALE01';

/** Figures are kept in so many rows per channel, so that concurrent raises do not wait for each other. */
const shards = 16;

/**
 * What the lifecycle's functions stand on: locks, room, the effects of a transition, the figures.
 *
 * Locks are always taken in this order, so that nobody ever waits in a circle: a watch, alerts (by id,
 * or skipping what is locked), streams (by number), deliveries (by seq, or skipping), a channel, the
 * silences, counters.
 */
export function alertSupportSql(t: NameOf): string {
  return `
-- A text that fits in an index, whatever its length.
CREATE OR REPLACE FUNCTION ${t('_ref')}(p_id text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $fn$
BEGIN
  IF octet_length(p_id) <= ${longestReference} THEN RETURN p_id; END IF;
  RETURN left(p_id, 64) || '#' || encode(sha256(convert_to(p_id, 'UTF8')), 'hex');
END $fn$;

-- The lock of a stream's order, in the database's one space of advisory locks.
CREATE OR REPLACE FUNCTION ${t('_lock')}(p_stream text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $fn$
  SELECT hashtextextended(p_stream, hashtextextended('${t('')}', 0))
$fn$;

CREATE OR REPLACE FUNCTION ${t('_stream')}(p_id text, p_group text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $fn$
BEGIN
  RETURN ${t('_ref')}(CASE WHEN p_group IS NULL THEN 'a' || p_id ELSE 'g' || p_group END);
END $fn$;

-- Makes room for one more alert; 1 where the longest resolved had to go.
CREATE OR REPLACE FUNCTION ${t('_make_room')}(o jsonb) RETURNS int LANGUAGE plpgsql AS $fn$
DECLARE
  v_alerts bigint;
  v_id text;
BEGIN
  SELECT sum(alerts) INTO v_alerts FROM ${t('counter')};
  IF v_alerts < (o->>'maxAlerts')::float8 OR v_alerts IS NULL THEN RETURN 0; END IF;
  DELETE FROM ${t('alert')} WHERE id = (
    SELECT id FROM ${t('alert')} WHERE opening IS NULL ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
  ) RETURNING id INTO v_id;
  IF v_id IS NULL THEN
    RAISE EXCEPTION 'no room: % alerts are active (maxAlerts)', v_alerts USING ERRCODE = '${storeFullCode}';
  END IF;
  DELETE FROM ${t('history')} WHERE alert_id = v_id;
  RETURN 1;
END $fn$;

-- One more line of an alert's history; the oldest goes when there are too many. The alert is locked.
CREATE OR REPLACE FUNCTION ${t('_append')}(p_alert text, p_entry json, p_max bigint) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_seq bigint;
BEGIN
  INSERT INTO ${t('history')} SELECT p_alert, coalesce((
      SELECT seq FROM ${t('history')} WHERE alert_id = p_alert ORDER BY seq DESC LIMIT 1
    ), 0) + 1, p_entry RETURNING seq INTO v_seq;
  IF v_seq > p_max THEN
    DELETE FROM ${t('history')} WHERE alert_id = p_alert AND seq <= v_seq - p_max;
  END IF;
END $fn$;

-- Writes the effects of a transition, in order. The tally names each channel after what happened:
-- + a new delivery, = joined one that waits, - dropped (and elsewhere ~ a delivery that is gone).
CREATE OR REPLACE FUNCTION ${t('_effect')}(
  p_id text, p_group text, p_wait float8, fx json[], p_now float8, o jsonb, p_tally text[]
) RETURNS text[] LANGUAGE plpgsql AS $fn$
DECLARE
  e json;
  n json;
  v_max bigint := (o->>'maxHistoryPerAlert')::bigint;
  v_stream text;
  v_channel text;
  v_tail bigint;
  v_size int;
  v_pending bigint;
BEGIN
  FOREACH e IN ARRAY fx LOOP
    n := e->'notification';
    IF n IS NULL THEN
      PERFORM ${t('_append')}(p_id, e, v_max);
      CONTINUE;
    END IF;
    IF v_stream IS NULL THEN
      v_stream := ${t('_stream')}(p_id, p_group);
      PERFORM pg_advisory_xact_lock(${t('_lock')}(v_stream));
    END IF;
    FOR v_channel IN SELECT json_array_elements_text(e->'channels') LOOP
      SELECT
        (SELECT seq FROM ${t('delivery')} WHERE channel = v_channel AND stream = v_stream AND ordered
          ORDER BY seq DESC LIMIT 1),
        (SELECT sum(pending) FROM ${t('counter')} WHERE channel = v_channel)
        INTO v_tail, v_pending;
      IF v_tail IS NOT NULL AND p_group IS NOT NULL THEN
        UPDATE ${t('delivery')} SET size = size + 1
          WHERE seq = v_tail AND NOT claimed AND size < ${maxGroupSize} RETURNING size INTO v_size;
        IF FOUND THEN
          INSERT INTO ${t('notice')} VALUES (v_tail, v_size - 1, p_id, n);
          p_tally := array_append(p_tally, '=' || v_channel);
          CONTINUE;
        END IF;
      END IF;
      -- What this very statement has enqueued is not in the figures yet.
      IF coalesce(v_pending, 0) + coalesce(cardinality(array_positions(p_tally, '+' || v_channel)), 0)
        < (o->>'maxPendingPerChannel')::float8
      THEN
        INSERT INTO ${t('delivery')} (channel, stream, grp, created_at, due_at, ready, alert_id, body)
          VALUES (v_channel, v_stream, p_group, p_now,
            CASE WHEN p_group IS NULL THEN p_now ELSE p_now + p_wait END, v_tail IS NULL, p_id, n);
        p_tally := array_append(p_tally, '+' || v_channel);
      ELSE
        PERFORM ${t('_append')}(p_id, json_build_object('at', p_now, 'event', 'dropped',
          'cause', json_build_object('kind', 'overflow',
            'note', format('the outbox of channel %s is full', v_channel)),
          'episode', n->'alert'->'episode', 'status', n->'alert'->'status',
          'severity', n->'alert'->'severity', 'escalationLevel', n->'alert'->'escalationLevel'), v_max);
        p_tally := array_append(p_tally, '-' || v_channel);
      END IF;
    END LOOP;
  END LOOP;
  RETURN p_tally;
END $fn$;

-- Channels that have something new to deliver, each once, in order.
CREATE OR REPLACE FUNCTION ${t('_touched')}(p_tally text[]) RETURNS json LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  IF cardinality(p_tally) = 0 THEN RETURN '[]'; END IF;
  IF cardinality(p_tally) = 1 AND p_tally[1] NOT LIKE '-%' THEN
    RETURN json_build_array(substr(p_tally[1], 2));
  END IF;
  RETURN (SELECT coalesce(json_agg(x.channel ORDER BY x.place), '[]') FROM (
    SELECT substr(mark, 2) AS channel, min(place) AS place
    FROM unnest(p_tally) WITH ORDINALITY AS m (mark, place)
    WHERE mark LIKE '+%' OR mark LIKE '=%' GROUP BY 1) x);
END $fn$;

CREATE OR REPLACE FUNCTION ${t('_add')}(
  p_channel text, p_pending bigint, p_alerts int, p_active int, p_dropped bigint, p_evicted int
) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_shard int := pg_backend_pid() % ${shards};
BEGIN
  UPDATE ${t('counter')} SET pending = pending + p_pending, alerts = alerts + p_alerts,
    active = active + p_active, dropped = dropped + p_dropped, evicted = evicted + p_evicted
    WHERE channel = p_channel AND shard = v_shard;
  IF NOT FOUND THEN
    INSERT INTO ${t('counter')} AS k
      VALUES (p_channel, v_shard, p_pending, p_alerts, p_active, p_dropped, p_evicted)
      ON CONFLICT (channel, shard) DO UPDATE SET pending = k.pending + p_pending,
        alerts = k.alerts + p_alerts, active = k.active + p_active,
        dropped = k.dropped + p_dropped, evicted = k.evicted + p_evicted;
  END IF;
END $fn$;

-- Brings the figures up to date: always last, and in order, so that nobody waits in a circle. The
-- alerts' figures are sums over all rows, so they go with whatever channel is written anyway.
CREATE OR REPLACE FUNCTION ${t('_count')}(
  p_tally text[], p_alerts int, p_active int, p_dropped int, p_evicted int
) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  r record;
BEGIN
  IF cardinality(p_tally) = 1 AND p_tally[1] LIKE '+%' THEN
    PERFORM ${t('_add')}(substr(p_tally[1], 2), 1, p_alerts, p_active, p_dropped, p_evicted);
    RETURN;
  END IF;
  FOR r IN SELECT substr(mark, 2) AS channel, count(*) FILTER (WHERE mark LIKE '-%') AS dropped,
      count(*) FILTER (WHERE mark LIKE '+%') - count(*) FILTER (WHERE mark LIKE '~%') AS pending
    FROM unnest(p_tally) mark GROUP BY 1 ORDER BY 1
  LOOP
    IF r.pending <> 0 OR r.dropped <> 0 THEN
      PERFORM ${t('_add')}(r.channel, r.pending, p_alerts, p_active, r.dropped + p_dropped, p_evicted);
      p_alerts := 0;
      p_active := 0;
      p_dropped := 0;
      p_evicted := 0;
    END IF;
  END LOOP;
  IF p_alerts <> 0 OR p_active <> 0 OR p_dropped <> 0 OR p_evicted <> 0 THEN
    -- After all channels' rows in the order of locks: no channel has this name.
    PERFORM ${t('_add')}('', 0, p_alerts, p_active, p_dropped, p_evicted);
  END IF;
END $fn$;
`;
}

/** `raise`, `change`, `advance`, `watch`, `unwatch`. */
export function alertSql(t: NameOf): string {
  const alert = t('alert');
  return [
    entry(
      t,
      'raise',
      '',
      `${readCommittedOnly}
  RETURN ${t('_raise')}(c->'command', c);`,
    ),
    entry(
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
    ),
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
