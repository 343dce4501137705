import { AlertingConfigError } from '../configuration.js';

/** Stands for the value of an environment variable, so that no secret is written into a file. */
export interface EnvironmentReference {
  /** Name of the variable. */
  readonly env: string;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A reference, or an error that quotes nothing: what stands there instead may be the secret itself. */
export function checkedReference(path: string, value: unknown): EnvironmentReference {
  if (!isReference(value)) {
    throw new AlertingConfigError(
      path,
      'must name the environment variable that holds it, such as { "env": "NAME" }',
    );
  }
  return value;
}

/** Whether a value has the shape of a reference. */
export function isReference(value: unknown): value is EnvironmentReference {
  if (typeof value !== 'object' || value === null) return false;
  const { env } = value as { readonly env?: unknown };
  return (
    typeof env === 'string' &&
    /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(env) &&
    Object.keys(value).length === 1
  );
}

/** What a reference stands for, or an error that names the variable which is missing or empty. */
export function resolved(
  path: string,
  { env: name }: EnvironmentReference,
  environment: Environment,
): string {
  const text = environment[name];
  if (text === undefined || text === '') {
    throw new AlertingConfigError(path, `environment variable ${name} is not set`);
  }
  return text;
}
