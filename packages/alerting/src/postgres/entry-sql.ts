import type { NameOf } from './names.js';

/**
 * A function that a store calls: JSON in, JSON out, both as text, so that no driver's type parsers
 * matter and arguments can be added without a new signature.
 *
 * Its plans are made once and must not depend on the tables having been small or empty at that time:
 * a queue's statistics always say that it is empty, and a sequential scan then stays for ever.
 */
export function entry(t: NameOf, name: string, declare: string, body: string): string {
  return `
CREATE OR REPLACE FUNCTION ${t(name)}(p text) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET plan_cache_mode = force_generic_plan AS $fn$
DECLARE
  c jsonb := p::jsonb;
  ${declare.trim()}
BEGIN
  ${body.trim()}
END $fn$;
`;
}

/**
 * The first statement of what takes locks: it relies on seeing, after each lock, what its last holder
 * committed.
 */
export const readCommittedOnly = `
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the alerting store needs the isolation level "read committed", this connection has "%"',
      current_setting('transaction_isolation') USING ERRCODE = 'ALE02';
  END IF;`;
