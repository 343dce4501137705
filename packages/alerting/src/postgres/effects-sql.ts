import { maxGroupSize } from '../notification.js';
import { storeFullCode } from './statement.js';
import type { NameOf } from './names.js';

/** Longer ids are replaced by a digest in what is indexed, bytes. */
const longestReference = 500;

/** Figures are kept in so many rows per channel, so that concurrent raises do not wait for each other. */
const shards = 16;

/**
 * What the lifecycle's functions stand on: locks, room, the effects of a transition, the figures.
 *
 * Locks are always taken in this order, so that nobody ever waits in a circle: a watch, alerts (by id,
 * or skipping what is locked), streams (by number), deliveries (by seq, or skipping), a channel, the
 * silences, counters.
 */
export function effectsSql(t: NameOf): string {
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
