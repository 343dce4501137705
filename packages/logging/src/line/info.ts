import type { Context } from '@opentelemetry/api';
import type { Identity } from './identity.js';

/** winston's own names for the hidden parts of an info (those of the package `triple-beam`). */
export const LEVEL = Symbol.for('level');
export const MESSAGE = Symbol.for('message');
export const SPLAT = Symbol.for('splat');

/** When and in which request the call was made: taken at the call, not when a stream gets round to it. */
export const STAMP = Symbol('llm.logging.stamp');
/** The logger's name, when a child has its own. */
export const NAME = Symbol('llm.logging.name');
/** Where OpenTelemetry's transport looks for the context of the call, before it takes that of the moment. */
export const OTEL_CONTEXT = Symbol.for('opentelemetry.js.contrib.winston.context');
/** Set where a named logger lets through more than the root logger, whose level transports go by. */
export const BEYOND_ROOT = Symbol('llm.logging.beyondRoot');
/** The finished record, for renderings other than the JSON line. */
export const RECORD = Symbol('llm.logging.record');

export interface Stamp extends Identity {
  readonly time: number;
  /** OpenTelemetry's context, for transports that send to it. */
  readonly context?: Context | undefined;
}

/** The object that travels through winston's formats to its transports. */
export interface Info {
  [LEVEL]?: string;
  [MESSAGE]?: unknown;
  [SPLAT]?: readonly unknown[];
  [STAMP]?: Stamp;
  [NAME]?: string;
  [OTEL_CONTEXT]?: Context;
  [BEYOND_ROOT]?: true;
  [RECORD]?: readonly RecordEntry[];
  [key: string | symbol]: unknown;
}

/** One key of a line with its value, already plain (see `plainValue`). */
export type RecordEntry = readonly [key: string, value: unknown];

// winston itself gives these a meaning: a field of that name would change the line's level or
// text, or make every transport skip the line as if it were an uncaught exception.
function isWinstons(key: string): boolean {
  return key === 'level' || key === 'message' || key === 'exception' || key === 'rejection';
}

/** The name under which a user's field travels, `fields.<name>` when winston would misread it. */
function fieldKey(key: string): string {
  return isWinstons(key) ? `fields.${key}` : key;
}

/** Sets a property even when it is called `__proto__`. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}

/** Copies own enumerable fields; a getter that throws leaves the mark `[Throws]` instead. */
export function copyFields(
  target: object,
  source: object,
  rename: (key: string) => string = fieldKey,
): void {
  let keys: string[];
  try {
    keys = Object.keys(source);
  } catch {
    return;
  }
  for (const key of keys) {
    const value = read(source, key);
    let name = rename(key);
    while (name !== key && Object.hasOwn(source, name)) name = `fields.${name}`;
    setOwn(target, name, value);
  }
}

function read(source: object, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key];
  } catch {
    return '[Throws]';
  }
}

/** Adds all of an info to another, hidden parts and a field called `__proto__` too. */
export function addInfo(target: Info, source: Info): void {
  for (const key of Object.keys(source)) setOwn(target, key, source[key]);
  for (const symbol of Object.getOwnPropertySymbols(source)) target[symbol] = source[symbol];
}
