import { MetricsConfigurationError } from './configuration.js';

/** Names of the tables that the dashboard reads. */
export interface DashboardTables {
  /** Mappings found, one row each; `schema.table` is allowed. Default `compliance_mappings`. */
  readonly mappingsTable?: string | undefined;
  /** Model calls, one row each; `schema.table` is allowed. Default `model_calls`. */
  readonly modelCallsTable?: string | undefined;
}

/** A checked table name. */
export interface TableName {
  /** Quoted for use in SQL. */
  readonly sql: string;
  /** The name without its schema, for names of indexes. */
  readonly base: string;
  /** Quoted name of something that belongs to the table, in its schema. */
  sibling(suffix: string): string;
}

// Index names are built from the table's, and Postgres cuts names at 63 bytes.
const part = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/;

export function tableNames(tables: DashboardTables): {
  mappings: TableName;
  modelCalls: TableName;
} {
  return {
    mappings: tableName('mappingsTable', tables.mappingsTable ?? 'compliance_mappings'),
    modelCalls: tableName('modelCallsTable', tables.modelCallsTable ?? 'model_calls'),
  };
}

function tableName(option: string, name: unknown): TableName {
  const parts = typeof name === 'string' ? name.split('.') : [];
  const base = parts.at(-1);
  if (base === undefined || parts.length > 2 || !parts.every((text) => part.test(text))) {
    throw new MetricsConfigurationError(
      option,
      name,
      'a table name of letters, digits and underscores (at most 40), with an optional schema',
    );
  }
  const quoted = (last: string): string =>
    [...parts.slice(0, -1), last].map((text) => `"${text}"`).join('.');
  return { sql: quoted(base), base, sibling: (suffix) => quoted(`${base}_${suffix}`) };
}
