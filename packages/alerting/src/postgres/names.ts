import { AlertingConfigError } from '../configuration.js';

/** Where the tables and functions live. */
export interface PostgresNames {
  /** Schema, made by the migration where it is missing. Default `public`. */
  readonly schema?: string;
  /** What every table and function begins with, so that several stores share a schema. Default `alerting_`. */
  readonly prefix?: string;
}

/** A table's or function's name, quoted and with its schema. */
export type NameOf = (name: string) => string;

/** Postgres cuts names at 63 characters, silently; ours add at most 20 to the prefix. */
const longest = { schema: 63, prefix: 40 } as const;

/** Names that are safe to write into SQL, or an error that names the option. */
export function checkedNames(names: PostgresNames): Required<PostgresNames> {
  const checked = { schema: names.schema ?? 'public', prefix: names.prefix ?? 'alerting_' };
  for (const option of ['schema', 'prefix'] as const) {
    const name: unknown = checked[option];
    if (
      typeof name !== 'string' ||
      !/^[a-z_][a-z0-9_]*$/.test(name) ||
      name.length > longest[option]
    ) {
      const rule = `must be lower-case letters, digits and _, at most ${longest[option]}, no digit first`;
      throw new AlertingConfigError(option, rule, name);
    }
  }
  return checked;
}

/** How SQL names what belongs to this store. */
export function nameOf({ schema, prefix }: Required<PostgresNames>): NameOf {
  return (name) => `"${schema}"."${prefix}${name}"`;
}
