import { storeFullCode } from './statement.js';
import { entry, readCommittedOnly } from './entry-sql.js';
import { nowSql } from './expressions-sql.js';
import type { NameOf } from './names.js';

/** How many alerts one step of an erasure forgets: each of their streams takes a lock in shared memory. */
const alertsPerErasure = 200;

/** `get`, `active`, `history`, `occurrences`, `stats`, `erase`. */
export function recordsSql(t: NameOf): string {
  const alert = t('alert');
  return [
    entry(
      t,
      'get',
      `a ${alert};`,
      `
  SELECT * INTO a FROM ${alert} WHERE id = ${t('_ref')}(c->>'id');
  IF NOT FOUND THEN RETURN 'null'; END IF;
  RETURN row_to_json(a);`,
    ),
    entry(
      t,
      'active',
      `
  v_below bigint := coalesce((c->>'cursor')::bigint, 9223372036854775807);
  v_status text := c->>'status';`,
      `
  RETURN (SELECT coalesce(json_agg(json_build_array(x.opening, row_to_json(x)) ORDER BY x.opening DESC), '[]')
    FROM (
      SELECT * FROM ${alert} a WHERE opening IS NOT NULL AND opening < v_below
        AND (v_status IS NULL OR status = v_status)
        AND NOT EXISTS (
          SELECT 1 FROM jsonb_array_elements(c->'matchers') m
          WHERE (m->>'op' = '=') <> (m->>'value' = coalesce(a.labels->>(m->>'label'),
            CASE m->>'label' WHEN 'key' THEN a.key WHEN 'type' THEN a.type WHEN 'severity' THEN a.severity
            ELSE '' END)))
      ORDER BY opening DESC LIMIT (c->>'limit')::float8::int
    ) x);`,
    ),
    entry(
      t,
      'history',
      `v_below bigint := coalesce((c->>'cursor')::bigint, 9223372036854775807);`,
      `
  RETURN (SELECT coalesce(json_agg(json_build_array(x.seq, x.entry) ORDER BY x.seq DESC), '[]')
    FROM (
      SELECT seq, entry FROM ${t('history')}
      WHERE alert_id = ${t('_ref')}(c->>'id') AND seq < v_below
      ORDER BY seq DESC LIMIT (c->>'limit')::float8::int
    ) x);`,
    ),
    entry(
      t,
      'occurrences',
      `v_recent float8[];`,
      `
  SELECT recent INTO v_recent FROM ${alert} WHERE id = ${t('_ref')}(c->>'id');
  IF NOT FOUND THEN RETURN 0; END IF;
  RETURN ${t('_within')}(v_recent, (c->>'windowMillis')::float8, ${nowSql('c')});`,
    ),
    entry(
      t,
      'stats',
      `
  v_now float8 := ${nowSql('c')};
  v_oldest float8;
  v_figures jsonb;
  v_pending jsonb;
  v_silences bigint;`,
      `
  SELECT jsonb_build_object('active', coalesce(sum(active), 0), 'alerts', coalesce(sum(alerts), 0),
    'dropped', coalesce(sum(dropped), 0), 'evicted', coalesce(sum(evicted), 0))
    INTO v_figures FROM ${t('counter')};
  SELECT coalesce(jsonb_object_agg(x.channel, x.pending), '{}') INTO v_pending FROM (
    SELECT channel, sum(pending) AS pending FROM ${t('counter')} GROUP BY 1
  ) x WHERE x.pending <> 0;
  SELECT created_at INTO v_oldest FROM ${t('delivery')} ORDER BY seq LIMIT 1;
  SELECT count(*) INTO v_silences FROM ${t('silence')} WHERE ends_at IS NULL OR ends_at > v_now;
  RETURN v_figures || jsonb_build_object('silences', v_silences, 'pending', v_pending,
    'oldestPendingMillis', coalesce(greatest(0, v_now - v_oldest), 0));`,
    ),
    entry(
      t,
      'erase',
      `
  v_labels jsonb := c->'labels';
  v_now float8 := ${nowSql('c')};
  v_ids text[];
  v_seqs bigint[];
  v_lock bigint;
  v_channel text;
  v_stream text;
  v_active int;
  v_tally text[] := '{}';`,
      `${readCommittedOnly}
  DELETE FROM ${t('watch')} WHERE command->'labels' @> v_labels;
  v_ids := ARRAY(SELECT id FROM ${alert} WHERE labels @> v_labels ORDER BY id
    LIMIT ${alertsPerErasure} FOR UPDATE);
  -- What waits for these alerts; once they are gone, what waits for alerts that were forgotten before.
  v_seqs := ARRAY(SELECT DISTINCT delivery FROM ${t('notices')} WHERE
    CASE WHEN cardinality(v_ids) > 0 THEN alert_id = ANY (v_ids) ELSE (body->'alert'->'labels')::jsonb @> v_labels END
    LIMIT ${5 * alertsPerErasure});
  FOR v_lock IN SELECT DISTINCT ${t('_lock')}(stream) AS lock FROM ${t('delivery')}
    WHERE seq = ANY (v_seqs) ORDER BY lock
  LOOP
    PERFORM pg_advisory_xact_lock(v_lock);
  END LOOP;
  v_seqs := ARRAY(SELECT seq FROM ${t('delivery')} WHERE seq = ANY (v_seqs) ORDER BY seq FOR UPDATE);
  DELETE FROM ${t('notice')} WHERE delivery = ANY (v_seqs)
    AND (alert_id = ANY (v_ids) OR (body->'alert'->'labels')::jsonb @> v_labels);
  UPDATE ${t('delivery')} SET alert_id = NULL, body = NULL WHERE seq = ANY (v_seqs)
    AND (alert_id = ANY (v_ids) OR (body->'alert'->'labels')::jsonb @> v_labels);
  FOR v_channel, v_stream IN
    DELETE FROM ${t('delivery')} d WHERE seq = ANY (v_seqs) AND body IS NULL
      AND NOT EXISTS (SELECT 1 FROM ${t('notice')} n WHERE n.delivery = d.seq)
    RETURNING channel, stream
  LOOP
    v_tally := array_append(v_tally, '~' || v_channel);
    PERFORM ${t('_promote')}(v_channel, v_stream, v_now);
  END LOOP;
  SELECT count(*) INTO v_active FROM ${alert} WHERE id = ANY (v_ids) AND opening IS NOT NULL;
  DELETE FROM ${t('history')} WHERE alert_id = ANY (v_ids);
  DELETE FROM ${alert} WHERE id = ANY (v_ids);
  IF EXISTS (SELECT 1 FROM ${t('silence')} WHERE alert_id = ANY (v_ids)) THEN
    UPDATE ${t('silences')} SET version = gen_random_uuid()::text;
    DELETE FROM ${t('silence')} WHERE alert_id = ANY (v_ids);
  END IF;
  PERFORM ${t('_count')}(v_tally, -cardinality(v_ids), -v_active, 0, 0);
  RETURN jsonb_build_object('erased', cardinality(v_ids),
    'again', cardinality(v_ids) > 0 OR cardinality(v_seqs) > 0);`,
    ),
  ].join('');
}

/** `silence`, `unsilence`, `silences`: whoever changes them holds the row of their version. */
export function silencesSql(t: NameOf): string {
  return [
    `
CREATE OR REPLACE FUNCTION ${t('_silences')}(p_now float8) RETURNS jsonb LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN (SELECT coalesce(jsonb_agg(body ORDER BY seq), '[]') FROM ${t('silence')}
    WHERE ends_at IS NULL OR ends_at > p_now);
END $fn$;

-- Every minute is often enough: an ended silence is not applied, it only takes room.
CREATE OR REPLACE FUNCTION ${t('_prune_silences')}(p_now float8) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM 1 FROM ${t('silences')} WHERE abs(p_now - pruned_at) >= 60000;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM 1 FROM ${t('silences')} WHERE abs(p_now - pruned_at) >= 60000 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM ${t('silence')} s WHERE ends_at <= p_now
    OR (alert_id IS NOT NULL AND episode IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM ${t('alert')} a WHERE a.id = s.alert_id AND a.episode <= s.episode));
  IF FOUND THEN UPDATE ${t('silences')} SET pruned_at = p_now, version = gen_random_uuid()::text;
  ELSE UPDATE ${t('silences')} SET pruned_at = p_now;
  END IF;
END $fn$;
`,
    entry(
      t,
      'silence',
      `
  m jsonb := c->'command';
  v_now float8;
  v_starts float8;
  v_ends float8;
  v_body jsonb;
  v_silences bigint;`,
      `${readCommittedOnly}
  PERFORM 1 FROM ${t('silences')} FOR UPDATE;
  v_now := ${nowSql('c')};
  DELETE FROM ${t('silence')} WHERE ends_at <= v_now;
  SELECT count(*) INTO v_silences FROM ${t('silence')} WHERE id <> ${t('_ref')}(m->>'id');
  IF v_silences >= (c->>'maxSilences')::float8 THEN
    RAISE EXCEPTION 'no room: there are % silences (maxSilences)', c->>'maxSilences'
      USING ERRCODE = '${storeFullCode}';
  END IF;
  v_starts := coalesce((m->>'startsAt')::float8, v_now);
  v_ends := v_starts + (m->>'durationMillis')::float8;
  v_body := m - 'durationMillis' || jsonb_build_object('startsAt', v_starts, 'endsAt', v_ends);
  INSERT INTO ${t('silence')} (id, alert_id, episode, ends_at, body) VALUES (
    ${t('_ref')}(m->>'id'), ${t('_ref')}(m->>'alertId'), (m->>'episode')::float8, v_ends, v_body
  ) ON CONFLICT (id) DO UPDATE SET alert_id = excluded.alert_id, episode = excluded.episode,
    ends_at = excluded.ends_at, body = excluded.body;
  UPDATE ${t('silences')} SET version = gen_random_uuid()::text;
  RETURN v_body;`,
    ),
    entry(
      t,
      'unsilence',
      '',
      `${readCommittedOnly}
  PERFORM 1 FROM ${t('silences')} FOR UPDATE;
  DELETE FROM ${t('silence')} WHERE id = ${t('_ref')}(c->>'id');
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE ${t('silences')} SET version = gen_random_uuid()::text;
  RETURN true;`,
    ),
    entry(t, 'silences', '', `RETURN ${t('_silences')}(${nowSql('c')});`),
  ].join('');
}
