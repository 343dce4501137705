import type { MonitorDocument, SavedPart } from './monitor-document.js';
import type { MonitorStore } from './monitor-store.js';
import { createTable, type Queryable } from './postgres-table.js';

/** Options of a `postgresStore`. */
export interface PostgresStoreOptions {
  /** Runs the SQL. */
  readonly db: Queryable;
  /** Which of the monitors in the table this is, 1 to 200 characters: one process, one name. */
  readonly monitor: string;
  /** Table to use; created if it is not there. Default `anomaly_monitors`. */
  readonly table?: string | undefined;
}

/** Models written by one statement. */
const BATCH = 100;
/** Where what the models share is, and which of the slots 0 and 1 holds the models. */
const HEAD = -1;

/**
 * Keeps a monitor in a table, a row for each model. Models are saved beside those saved before, into the other one of
 * two slots, and a single row then says that they are the ones: a process that is killed while it saves leaves the
 * save before whole. That needs no transaction, so any pool will do, and the room of two saves.
 */
export function postgresStore({
  db,
  monitor,
  table = 'anomaly_monitors',
}: PostgresStoreOptions): MonitorStore {
  if (typeof monitor !== 'string' || monitor === '' || monitor.length > 200) {
    throw new TypeError('monitor must be a string of 1 to 200 characters');
  }
  const ready = createTable(
    db,
    table,
    `monitor text not null, slot smallint not null, name text not null, state text not null,
    checksum bigint not null, head jsonb, saved_at timestamptz not null default clock_timestamp(),
    primary key (monitor, slot, name)`,
  );
  return {
    load: async () => {
      await ready();
      return load(db, monitor, table);
    },
    save: async (document) => {
      await ready();
      await save(db, monitor, table, document);
    },
  };
}

interface SavedRow {
  readonly slot: number;
  readonly name: string;
  readonly state: string;
  /** A bigint, which drivers give as text. */
  readonly checksum: string;
  readonly head: Partial<MonitorDocument> | null;
}

async function load(
  db: Queryable,
  monitor: string,
  table: string,
): Promise<MonitorDocument | undefined> {
  const { rows } = await db.query(
    `select part.slot, part.name, part.state, part.checksum, part.head
     from ${table} as head
     join ${table} as part on part.monitor = head.monitor and part.slot in (head.slot, (head.head->>'slot')::int)
     where head.monitor = $1 and head.slot = ${HEAD} order by part.slot, part.name`,
    [monitor],
  );
  let document: MonitorDocument | undefined;
  const models: SavedPart[] = [];
  for (const row of rows as SavedRow[]) {
    const part = { name: row.name, state: row.state, checksum: Number(row.checksum) };
    if (row.slot === HEAD) document = { ...row.head, shared: part, models } as MonitorDocument;
    else models.push(part);
  }
  return document;
}

async function save(
  db: Queryable,
  monitor: string,
  table: string,
  { shared, models, ...head }: MonitorDocument,
): Promise<void> {
  const write = async (slot: number, parts: readonly SavedPart[], headOfAll: string | null) => {
    await db.query(
      `insert into ${table} (monitor, slot, name, state, checksum, head)
       select $1, $2, part.name, part.state, part.checksum, $6::jsonb
       from unnest($3::text[], $4::text[], $5::bigint[]) as part (name, state, checksum)
       on conflict (monitor, slot, name) do update set state = excluded.state,
         checksum = excluded.checksum, head = excluded.head, saved_at = clock_timestamp()`,
      [
        monitor,
        slot,
        parts.map(({ name }) => name),
        parts.map(({ state }) => state),
        parts.map(({ checksum }) => checksum),
        headOfAll,
      ],
    );
  };
  const { rows } = await db.query(
    `select (head->>'slot')::int as slot from ${table} where monitor = $1 and slot = ${HEAD}`,
    [monitor],
  );
  const slot = (rows as { slot: number }[])[0]?.slot === 0 ? 1 : 0;
  await db.query(`delete from ${table} where monitor = $1 and slot = $2`, [monitor, slot]);
  for (let first = 0; first < models.length; first += BATCH) {
    await write(slot, models.slice(first, first + BATCH), null);
  }
  await write(HEAD, [shared], JSON.stringify({ ...head, slot }));
}
