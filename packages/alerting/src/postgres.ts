export { migrateAlerting } from './postgres/migrate.js';
export { PostgresStore } from './postgres/postgres-store.js';
export { PostgresStoreError } from './postgres/statement.js';

export type { MigrationOptions } from './postgres/migrate.js';
export type { PostgresNames } from './postgres/names.js';
export type { PostgresStoreOptions } from './postgres/postgres-store.js';
export type { Queryable, StatementOptions } from './postgres/statement.js';
