import { changeSql } from './change-sql.js';
import { effectsSql } from './effects-sql.js';
import { lifecycleSql } from './lifecycle-sql.js';
import { checkedNames, nameOf, type NameOf, type PostgresNames } from './names.js';
import { outboxSql } from './outbox-sql.js';
import { raiseEntriesSql, raiseSql } from './raise-sql.js';
import { recordsSql, silencesSql } from './records-sql.js';
import {
  checkedDatabase,
  statementRunner,
  type Queryable,
  type StatementOptions,
} from './statement.js';
import { openingsSql, tablesSql } from './tables-sql.js';
import { timerSql } from './timer-sql.js';

/** Where to migrate, and for how long to wait for it. */
export type MigrationOptions = PostgresNames & Pick<StatementOptions, 'queryTimeoutMillis'>;

interface Migration {
  readonly version: number;
  readonly sql: (t: NameOf, names: Required<PostgresNames>) => string;
}

/** What has been shipped is never changed: a new version is appended. */
const migrations: readonly Migration[] = [
  { version: 1, sql: tablesSql },
  { version: 2, sql: openingsSql },
];

/** The version of the tables and functions that this release brings: raised whenever one of them changes. */
const currentVersion = 3;

function functionsSql(t: NameOf): string {
  // The row of `alert` is a parameter of nearly all: created in the order of their use.
  return [
    effectsSql,
    lifecycleSql,
    raiseSql,
    silencesSql,
    outboxSql,
    raiseEntriesSql,
    changeSql,
    timerSql,
    recordsSql,
  ]
    .map((sql) => sql(t))
    .join('');
}

/**
 * Brings the tables and functions of the store up to date: makes the schema where it is missing, applies
 * the migrations that have not been applied, and replaces the functions. One statement, so all of it
 * happens or nothing; replicas that start together wait for each other, and doing it again does nothing.
 * A database that a newer release has migrated is left alone: a function's meaning stays when it changes.
 *
 * Needs the right to create tables and functions; where the service does not have it, hand in a
 * connection of somebody who has. Postgres 13 or later, 14 or later recommended.
 *
 * @throws AlertingConfigError for a name that cannot be one; PostgresStoreError when it failed.
 */
export async function migrateAlerting(
  db: Queryable,
  options: MigrationOptions = {},
): Promise<void> {
  const names = checkedNames(options);
  const t = nameOf(names);
  const run = statementRunner(checkedDatabase(db), {
    ...options,
    queryTimeoutMillis: options.queryTimeoutMillis ?? 60_000,
  });
  const steps = migrations.map(
    ({ version, sql }) => `
  IF v_version < ${version} THEN
    ${sql(t, names)}
  END IF;`,
  );
  await run(
    'migrate',
    `DO $migration$
DECLARE
  v_version int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('alerting migration ${t('')}', 0));
  IF to_regnamespace('"${names.schema}"') IS NULL THEN CREATE SCHEMA "${names.schema}"; END IF;
  IF to_regclass('${t('migration')}') IS NULL THEN
    CREATE TABLE ${t('migration')} (
      version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
  END IF;
  SELECT coalesce(max(version), 0) INTO v_version FROM ${t('migration')};
  IF v_version >= ${currentVersion} THEN RETURN; END IF;
  ${steps.join('')}
  ${functionsSql(t)}
  INSERT INTO ${t('migration')} (version) VALUES (${currentVersion});
END $migration$`,
    [],
  );
}
