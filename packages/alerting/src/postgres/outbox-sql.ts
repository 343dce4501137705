import { entry, readCommittedOnly } from './entry-sql.js';
import { nowSql } from './expressions-sql.js';
import type { NameOf } from './names.js';

/** `claim`, `renew`, `settle`: the outbox rules. */
export function outboxSql(t: NameOf): string {
  const delivery = t('delivery');
  return [
    `
-- Whoever stands first in a stream's order becomes claimable; the stream is locked.
CREATE OR REPLACE FUNCTION ${t('_promote')}(p_channel text, p_stream text, p_now float8)
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  v_head bigint;
BEGIN
  SELECT seq INTO v_head FROM ${delivery}
    WHERE channel = p_channel AND stream = p_stream AND ordered ORDER BY seq LIMIT 1;
  UPDATE ${delivery} SET ready = true, due_at = greatest(due_at, p_now) WHERE seq = v_head AND NOT ready;
END $fn$;
`,
    entry(
      t,
      'claim',
      `
  h ${t('channel')};
  v_channel text := c->>'channel';
  v_now float8 := ${nowSql('c')};
  v_spacing float8 := (c->'rate'->>'intervalMillis')::float8 / (c->'rate'->>'count')::float8;
  v_seqs bigint[] := '{}';
  v_next float8;
  v_version text;
  v_deliveries json := '[]';
  v_silences jsonb;`,
      `
  SELECT * INTO h FROM ${t('channel')} WHERE name = v_channel;
  IF h.name IS NULL THEN
    h.paused_until := 0;
    h.next_at := 0;
  END IF;
  IF v_now >= h.paused_until AND (v_spacing IS NULL OR v_now >= h.next_at) THEN
    v_seqs := ARRAY(SELECT seq FROM ${delivery} WHERE channel = v_channel AND ready AND due_at <= v_now
      ORDER BY due_at, seq LIMIT CASE WHEN v_spacing > 0 THEN 1 ELSE (c->>'limit')::float8::int END
      FOR UPDATE SKIP LOCKED);
    IF cardinality(v_seqs) > 0 THEN
      -- Again, now that they are locked: what made one of them claimable may have paused the channel.
      IF v_spacing IS NOT NULL THEN
        INSERT INTO ${t('channel')} (name) VALUES (v_channel) ON CONFLICT DO NOTHING;
        SELECT * INTO h FROM ${t('channel')} WHERE name = v_channel FOR UPDATE;
      ELSE
        SELECT * INTO h FROM ${t('channel')} WHERE name = v_channel;
      END IF;
      v_now := ${nowSql('c')};
      IF v_now < h.paused_until OR (v_spacing IS NOT NULL AND v_now < h.next_at) THEN
        v_seqs := '{}';
      END IF;
    END IF;
    IF cardinality(v_seqs) > 0 THEN
      IF v_spacing IS NOT NULL THEN
        h.next_at := v_now + v_spacing;
        UPDATE ${t('channel')} SET next_at = h.next_at WHERE name = v_channel;
      END IF;
      UPDATE ${delivery} SET attempts = attempts + 1, claimed = true, lease = gen_random_uuid(),
        due_at = v_now + (c->>'leaseMillis')::float8 WHERE seq = ANY (v_seqs);
      SELECT json_agg(json_build_object('id', d.token || '-' || d.seq, 'channel', d.channel,
          'group', d.grp, 'attempt', d.attempts, 'heldBack', d.held_back, 'createdAt', d.created_at,
          'lease', d.lease, 'notifications', (
            SELECT json_agg(json_build_array(n.body, CASE WHEN a.id IS NOT NULL THEN
              json_build_object('status', a.status, 'episode', a.episode,
                'escalationLevel', a.escalation_level) END) ORDER BY n.place)
            FROM ${t('notices')} n LEFT JOIN ${t('alert')} a ON a.id = n.alert_id
            WHERE n.delivery = d.seq)
        ) ORDER BY s.place) INTO v_deliveries
      FROM unnest(v_seqs) WITH ORDINALITY AS s (seq, place) JOIN ${delivery} d ON d.seq = s.seq;
    END IF;
  END IF;
  SELECT due_at INTO v_next FROM ${delivery} WHERE channel = v_channel AND ready
    ORDER BY due_at, seq LIMIT 1;
  SELECT version INTO v_version FROM ${t('silences')};
  IF v_version IS DISTINCT FROM c->>'silencesVersion' THEN v_silences := ${t('_silences')}(v_now); END IF;
  RETURN json_build_object('deliveries', v_deliveries, 'now', v_now,
    'nextDueInMillis', CASE WHEN v_next IS NOT NULL THEN greatest(0, greatest(v_next, h.paused_until,
      CASE WHEN v_spacing IS NOT NULL THEN h.next_at END) - v_now) END,
    'silencesVersion', v_version, 'silences', v_silences);`,
    ),
    entry(
      t,
      'renew',
      'v_lost json;',
      `
  -- In the order of their numbers, as everybody locks them. A lease that has lapsed is held until
  -- somebody else claims the delivery.
  WITH x AS (
    SELECT h->>'id' AS id, h->>'lease' AS lease, substring(h->>'id' FROM '-([0-9]{1,18})$')::bigint AS seq
    FROM jsonb_array_elements(c->'held') h
  ), locked AS (
    SELECT d.seq FROM ${delivery} d JOIN x ON d.seq = x.seq
    WHERE d.token || '-' || d.seq = x.id AND d.lease::text = x.lease ORDER BY d.seq FOR UPDATE OF d
  ), renewed AS (
    UPDATE ${delivery} d SET due_at = ${nowSql('c')} + (c->>'leaseMillis')::float8
    FROM locked WHERE d.seq = locked.seq RETURNING d.seq, d.lease
  ) SELECT coalesce(json_agg(x.id), '[]') INTO v_lost FROM x
    WHERE NOT EXISTS (SELECT 1 FROM renewed r WHERE r.seq = x.seq AND r.lease::text = x.lease);
  RETURN v_lost;`,
    ),
    entry(
      t,
      'settle',
      `
  d ${delivery};
  a ${t('alert')};
  r record;
  m jsonb := c->'settlement';
  v_outcome jsonb := m->'outcome';
  v_kind text := m->'outcome'->>'kind';
  v_event text := CASE WHEN m->'outcome'->>'kind' = 'later' THEN m->'outcome'->>'event'
    ELSE m->'outcome'->>'kind' END;
  v_seq bigint := substring(m->>'id' FROM '-([0-9]{1,18})$')::bigint;
  v_now float8;
  v_places int[] := '{}';
  v_kept int[] := '{}';
  v_rest bigint;
  v_tally text[] := '{}';`,
      `${readCommittedOnly}
  SELECT * INTO d FROM ${delivery} WHERE seq = v_seq AND token || '-' || seq = m->>'id'
    AND lease::text = m->>'lease';
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM 1 FROM ${t('alert')} WHERE id IN (SELECT alert_id FROM ${t('notices')} WHERE delivery = v_seq)
    ORDER BY id FOR UPDATE;
  PERFORM pg_advisory_xact_lock(${t('_lock')}(d.stream));
  SELECT * INTO d FROM ${delivery} WHERE seq = v_seq AND lease::text = m->>'lease' FOR UPDATE;
  v_now := ${nowSql('c')};
  IF d.seq IS NULL THEN RETURN false; END IF;

  IF v_kind = 'delivered' AND jsonb_array_length(v_outcome->'heldBack'->'places') > 0 THEN
    v_places := ARRAY(SELECT jsonb_array_elements_text(v_outcome->'heldBack'->'places')::float8::int);
  END IF;
  IF v_event IS NOT NULL THEN
    FOR r IN SELECT place, alert_id, body, row_number() OVER (ORDER BY place) - 1 AS spot
      FROM ${t('notices')} WHERE delivery = v_seq ORDER BY place
    LOOP
      IF r.spot = ANY (v_places) THEN v_kept := array_append(v_kept, r.place); END IF;
      SELECT * INTO a FROM ${t('alert')} WHERE id = r.alert_id;
      CONTINUE WHEN NOT FOUND;
      PERFORM ${t('_append')}(a.id, json_build_object('at', v_now,
        'event', CASE WHEN r.spot = ANY (v_places) THEN 'suppressed' ELSE v_event END,
        'cause', m->'cause', 'episode', r.body->'alert'->'episode', 'status', a.status,
        'severity', a.severity, 'escalationLevel', a.escalation_level,
        'delivery', json_build_object('id', m->>'id', 'channel', d.channel, 'attempt', d.attempts,
          'durationMillis', m->'durationMillis')), (c->>'maxHistoryPerAlert')::bigint);
    END LOOP;
  END IF;

  IF v_kind = 'later' THEN
    UPDATE ${delivery} SET lease = NULL, due_at = v_now + (v_outcome->>'delayMillis')::float8,
      attempts = CASE WHEN v_event IS NULL THEN attempts - 1 ELSE attempts END,
      held_back = held_back OR coalesce(v_event = 'suppressed', false),
      ordered = ordered AND (v_outcome->>'hold')::boolean
      WHERE seq = v_seq;
    IF d.ordered AND NOT (v_outcome->>'hold')::boolean THEN
      PERFORM ${t('_promote')}(d.channel, d.stream, v_now);
    END IF;
  ELSE
    IF cardinality(v_kept) > 0 THEN
      INSERT INTO ${delivery} (
        channel, stream, grp, size, claimed, held_back, ordered, ready, created_at, due_at, alert_id, body
      ) VALUES (d.channel, d.stream, d.grp, cardinality(v_kept), true, true, false, true, d.created_at,
        v_now + (v_outcome->'heldBack'->>'delayMillis')::float8,
        CASE WHEN 0 = ANY (v_kept) THEN d.alert_id END, CASE WHEN 0 = ANY (v_kept) THEN d.body END
      ) RETURNING seq INTO v_rest;
      UPDATE ${t('notice')} SET delivery = v_rest WHERE delivery = v_seq AND place = ANY (v_kept);
      v_tally := array_append(v_tally, '+' || d.channel);
    END IF;
    IF d.size > 1 THEN DELETE FROM ${t('notice')} WHERE delivery = v_seq; END IF;
    DELETE FROM ${delivery} WHERE seq = v_seq;
    v_tally := array_append(v_tally, '~' || d.channel);
    IF d.ordered THEN PERFORM ${t('_promote')}(d.channel, d.stream, v_now); END IF;
  END IF;
  IF (m->>'pauseChannelMillis')::float8 > 0 THEN
    INSERT INTO ${t('channel')} AS h (name, paused_until)
      VALUES (d.channel, v_now + (m->>'pauseChannelMillis')::float8)
      ON CONFLICT (name) DO UPDATE SET paused_until = greatest(h.paused_until, excluded.paused_until);
  END IF;
  PERFORM ${t('_count')}(v_tally, 0, 0, 0, 0);
  RETURN true;`,
    ),
  ].join('');
}
