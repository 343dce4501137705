import type { TableName } from './table-name.js';

/** A mapping is of high confidence above this. */
const highConfidence = 0.8;

/** Length of a slot of the rollup, in seconds. */
export const slotSeconds = 300;

/** Connections that insert at the same time mostly count in rows of their own, and do not wait for each other. */
const shards = 4;

const slotOf = (column: string): string =>
  `to_timestamp(floor(extract(epoch from ${column}) / ${slotSeconds}) * ${slotSeconds})`;

/**
 * SQL of the sums of mappings by slot, severity and framework. Triggers keep them in the statement
 * that changes the table, so they never lag behind it.
 */
export function mappingRollup(mappings: TableName): string {
  const rollup = mappings.sibling('rollup');
  const sums = (rows: string, sign: '' | '-'): string => `
  insert into ${rollup} as kept (slot, shard, severity, framework, total, high, confidence)
  select ${slotOf('created_at')}, pg_backend_pid() % ${shards}, severity, framework,
         ${sign}count(*), ${sign}count(*) filter (where confidence > ${highConfidence}), ${sign}sum(confidence)
    from ${rows}
   group by 1, 2, 3, 4
   order by 1, 2, 3, 4
      on conflict (slot, shard, severity, framework) do update
     set total = kept.total + excluded.total,
         high = kept.high + excluded.high,
         confidence = kept.confidence + excluded.confidence;`;
  const trigger = (event: 'insert' | 'delete' | 'update', tables: string, body: string): string => `
create or replace function ${mappings.sibling(`rollup_${event}`)}() returns trigger language plpgsql as $rollup$
begin${body}
  return null;
end $rollup$;
drop trigger if exists "llm_rollup_${event}" on ${mappings.sql};
create trigger "llm_rollup_${event}" after ${event} on ${mappings.sql}
  referencing ${tables} for each statement execute function ${mappings.sibling(`rollup_${event}`)}();
`;
  return `
do $migration$ begin
if to_regclass('${rollup}') is null then
  lock table ${mappings.sql} in share row exclusive mode;
  create table ${rollup} (
    slot timestamptz not null,
    shard smallint not null,
    severity text not null,
    framework text not null,
    total bigint not null,
    high bigint not null,
    confidence double precision not null,
    primary key (slot, shard, severity, framework)
  ) with (fillfactor = 70);${sums(mappings.sql, '')}
${trigger('insert', 'new table as added', sums('added', ''))}
${trigger('delete', 'old table as removed', sums('removed', '-'))}
${trigger('update', 'old table as removed new table as added', sums('removed', '-') + sums('added', ''))}
create or replace function ${mappings.sibling('rollup_truncate')}() returns trigger language plpgsql as $rollup$
begin
  truncate ${rollup};
  return null;
end $rollup$;
drop trigger if exists "llm_rollup_truncate" on ${mappings.sql};
create trigger "llm_rollup_truncate" after truncate on ${mappings.sql}
  for each statement execute function ${mappings.sibling('rollup_truncate')}();
end if;
end $migration$;
`;
}

/**
 * A subquery with the mappings since `$1` seconds ago: whole slots from the rollup, and the rows of
 * the slot in which the window begins from the table itself, so that the sums are exact. The rollup
 * knows no tenants: those of one are all read from the table.
 *
 * @param tenant the parameter that names whose mappings; undefined: everybody's
 */
export function mappingsInWindow(mappings: TableName, tenant?: `$${number}`): string {
  const begin = `(now() - make_interval(secs => $1))`;
  if (tenant !== undefined) {
    return `(
    select created_at as at, severity, framework, 1 as total,
           (confidence > ${highConfidence})::int as high, confidence
      from ${mappings.sql}
     where tenant_id = ${tenant} and created_at >= ${begin}
  ) as mappings`;
  }
  const firstSlot = `to_timestamp(ceil(extract(epoch from ${begin}) / ${slotSeconds}) * ${slotSeconds})`;
  return `(
    select slot as at, severity, framework, total, high, confidence
      from ${mappings.sibling('rollup')}
     where slot >= ${firstSlot}
    union all
    select created_at, severity, framework, 1, (confidence > ${highConfidence})::int, confidence
      from ${mappings.sql}
     where created_at >= ${begin} and created_at < ${firstSlot}
  ) as mappings`;
}
