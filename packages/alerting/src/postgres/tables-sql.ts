import type { NameOf, PostgresNames } from './names.js';

/** Version 2: when an alert opened lately, which tells whether it flaps. */
export function openingsSql(t: NameOf): string {
  return `ALTER TABLE ${t('alert')} ADD COLUMN openings float8[] NOT NULL DEFAULT '{}';`;
}

/**
 * The tables. What is written most is lean: a raise of a firing alert updates one row of `alert` and
 * no index (fillfactor leaves room for it, `opening` and `due_at` stay); waiting alerts and resolved
 * ones have an index each, and every row is in one of them at most.
 */
export function tablesSql(t: NameOf, { prefix }: Required<PostgresNames>): string {
  return `
CREATE SEQUENCE ${t('openings')};

CREATE TABLE ${t('alert')} (
  id text PRIMARY KEY,
  long_id text,
  key text NOT NULL,
  labels jsonb NOT NULL,
  annotations jsonb NOT NULL,
  type text NOT NULL,
  severity text NOT NULL,
  status text NOT NULL,
  escalation_level float8 NOT NULL,
  episode bigint NOT NULL,
  starts_at float8 NOT NULL,
  last_occurrence_at float8 NOT NULL,
  occurrences bigint NOT NULL,
  source jsonb NOT NULL,
  acknowledged_at float8,
  acknowledged_by text,
  resolved_at float8,
  plan jsonb NOT NULL,
  grp text,
  escalated_type text,
  recent float8[] NOT NULL,
  recent_ids text[] NOT NULL,
  reached int[] NOT NULL,
  fired_at float8 NOT NULL,
  next_timed int NOT NULL,
  reminder jsonb,
  clear_at float8,
  notified jsonb NOT NULL,
  -- Numbers the openings while the alert is active; null: resolved.
  opening bigint,
  -- No later than the next timer (while active), or when to forget it (once resolved).
  due_at float8
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX "${prefix}alert_opening" ON ${t('alert')} (opening) WHERE opening IS NOT NULL;
CREATE INDEX "${prefix}alert_due" ON ${t('alert')} (due_at) WHERE opening IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX "${prefix}alert_forget" ON ${t('alert')} (due_at) WHERE opening IS NULL;

CREATE TABLE ${t('history')} (
  alert_id text NOT NULL,
  seq bigint NOT NULL,
  entry json NOT NULL,
  PRIMARY KEY (alert_id, seq)
);

CREATE TABLE ${t('watch')} (
  id text PRIMARY KEY,
  command jsonb NOT NULL,
  fired boolean NOT NULL,
  due_at float8
) WITH (fillfactor = 60);
CREATE INDEX "${prefix}watch_due" ON ${t('watch')} (due_at) WHERE due_at IS NOT NULL;

-- A leased delivery is due when its lease lapses. ready: the head of its stream, or out of the order.
CREATE TABLE ${t('delivery')} (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token uuid NOT NULL DEFAULT gen_random_uuid(),
  channel text NOT NULL,
  stream text NOT NULL,
  grp text,
  size int NOT NULL DEFAULT 1,
  attempts int NOT NULL DEFAULT 0,
  claimed boolean NOT NULL DEFAULT false,
  held_back boolean NOT NULL DEFAULT false,
  ordered boolean NOT NULL DEFAULT true,
  ready boolean NOT NULL,
  lease uuid,
  created_at float8 NOT NULL,
  due_at float8 NOT NULL,
  -- The first notification; null once its alert was erased. A group's others are in notice.
  alert_id text,
  body json
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX "${prefix}delivery_due" ON ${t('delivery')} (channel, due_at, seq) WHERE ready;
CREATE INDEX "${prefix}delivery_stream" ON ${t('delivery')} (channel, stream, seq) WHERE ordered;

CREATE TABLE ${t('notice')} (
  delivery bigint NOT NULL,
  place int NOT NULL,
  alert_id text NOT NULL,
  body json NOT NULL,
  PRIMARY KEY (delivery, place)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE VIEW ${t('notices')} AS
  SELECT seq AS delivery, 0 AS place, alert_id, body FROM ${t('delivery')} WHERE body IS NOT NULL
  UNION ALL SELECT delivery, place, alert_id, body FROM ${t('notice')};

CREATE TABLE ${t('channel')} (
  name text PRIMARY KEY,
  paused_until float8 NOT NULL DEFAULT 0,
  next_at float8 NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE ${t('silence')} (
  id text PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  alert_id text,
  episode bigint,
  ends_at float8,
  body jsonb NOT NULL
);

CREATE TABLE ${t('silences')} (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  version text NOT NULL,
  pruned_at float8 NOT NULL
);
INSERT INTO ${t('silences')} (version, pruned_at) VALUES (gen_random_uuid()::text, 0);

-- Figures, in shards so that concurrent raises do not wait for each other: sums over all rows.
CREATE TABLE ${t('counter')} (
  channel text NOT NULL,
  shard int NOT NULL,
  pending bigint NOT NULL DEFAULT 0,
  alerts bigint NOT NULL DEFAULT 0,
  active bigint NOT NULL DEFAULT 0,
  dropped bigint NOT NULL DEFAULT 0,
  evicted bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (channel, shard)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000);
`;
}
