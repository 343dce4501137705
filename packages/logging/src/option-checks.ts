import type { Writable } from 'node:stream';
import { LoggingConfigError } from './config-error.js';

export function onlyKnown(kind: string, options: unknown, known: ReadonlySet<string>): void {
  for (const key of Object.keys(object('options', options) ?? {})) {
    if (known.has(key)) continue;
    throw new LoggingConfigError(
      kind.endsWith('.') ? `${kind}*` : kind,
      key,
      `one of ${[...known].join(', ')}`,
    );
  }
}

export function object(option: string, value: unknown): Record<string, unknown> | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new LoggingConfigError(option, value, 'an object');
}

export function name(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= 256) return value;
  throw new LoggingConfigError(option, value, 'a string of 1 to 256 characters');
}

export function flag(option: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new LoggingConfigError(option, value, 'true or false');
}

export function integer(option: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw new LoggingConfigError(option, value, `an integer of at least ${least}`);
}

export function isStream(value: unknown): value is Writable {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Writable>).write === 'function' &&
    typeof (value as Partial<Writable>).on === 'function'
  );
}
