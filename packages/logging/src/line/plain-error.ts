import { setOwn } from './info.js';
import { maskedText, plainKey, plainProperty, plainText, type Walk } from './plain-value.js';

/** An error as it stands in a line. */
export interface PlainError {
  type: string;
  message: string;
  stack?: string;
  code?: string | number;
  status?: string | number;
  errno?: string | number;
  syscall?: string | number;
  cause?: unknown;
  errors?: unknown;
  [field: string]: unknown;
}

/**
 * Which of an error's own fields are written besides its codes: more names, all, or none. By default
 * those are that cannot hold what was sent: numbers, flags, and names of things in the system.
 */
export type ErrorFields = readonly string[] | 'all' | false;

/** Texts that node, Postgres drivers and model clients set, and that name no content. */
const wellKnown = new Set([
  ...['address', 'hostname', 'host', 'path', 'dest', 'severity', 'schema', 'table', 'column'],
  ...['constraint', 'dataType', 'routine', 'param', 'requestID', 'requestId', 'request_id'],
]);
/** Written in their own way, or under another name. */
const known = new Set([
  ...['message', 'stack', 'name', 'cause', 'errors', 'code', 'status', 'statusCode', 'errno'],
  'syscall',
]);
const mostFields = 32;

/**
 * An error with its chain. Not all of its own fields are taken: clients hang requests, responses and
 * headers on their errors, with the prompt and the key in them.
 */
export function plainError(error: object, walk: Walk): PlainError {
  const read = (key: string): unknown => {
    try {
      return (error as Record<string, unknown>)[key];
    } catch {
      return '[Throws]';
    }
  };
  const plain: PlainError = {
    type: errorType(error, walk),
    message: errorText(read('message'), walk),
  };
  // Where readers of errors look for it, OpenTelemetry and pino's serializers among them.
  Object.defineProperty(plain, 'name', { value: plain.type, enumerable: false });
  const stack = read('stack');
  if (typeof stack === 'string' && stack !== '') plain.stack = errorText(stack, walk);
  for (const key of ['code', 'status', 'errno', 'syscall'] as const) {
    const value = read(key) ?? (key === 'status' ? read('statusCode') : undefined);
    if (typeof value === 'number') plain[key] = Number.isFinite(value) ? value : String(value);
    else if (typeof value === 'string') plain[key] = errorText(value.slice(0, 256), walk);
  }
  addOwnFields(plain, error, read, walk);
  const cause = read('cause');
  if (cause !== undefined) {
    plain.cause = plainProperty('cause', cause, walk);
  }
  const errors = read('errors');
  if (Array.isArray(errors)) plain.errors = plainProperty('errors', errors, walk);
  return plain;
}

function addOwnFields(
  plain: PlainError,
  error: object,
  read: (key: string) => unknown,
  walk: Walk,
): void {
  const { errorFields } = walk;
  if (errorFields === false) return;
  let count = 0;
  for (const key of ownKeys(error)) {
    if (known.has(key)) continue;
    const value = read(key);
    const shown =
      errorFields === 'all' ||
      errorFields.includes(key) ||
      typeof value === 'number' ||
      typeof value === 'boolean' ||
      (typeof value === 'string' && wellKnown.has(key));
    if (!shown || value === undefined) continue;
    if (++count > mostFields || walk.left <= 0) break;
    const name = plainKey(key, count, walk);
    setOwn(plain, name === 'type' ? 'fields.type' : name, plainProperty(key, value, walk));
  }
}

function ownKeys(error: object): string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

/** Whether a plain value is, or looks like, an error. */
export function isPlainError(value: unknown): value is PlainError {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as PlainError).type === 'string' &&
    typeof (value as PlainError).message === 'string'
  );
}

/** The class's name, which a subclass that did not set `name` still has. */
export function errorType(error: object, walk: Walk): string {
  try {
    const { name, constructor } = error as { name?: unknown; constructor?: { name?: unknown } };
    const own = typeof name === 'string' && name !== '' ? name : 'Error';
    const type = own === 'Error' ? constructor?.name : own;
    return plainText(typeof type === 'string' && type !== '' ? type : own, walk);
  } catch {
    return 'Error';
  }
}

/** An error's text, whatever stands in its place. */
export function errorText(text: unknown, walk: Walk): string {
  let string: string;
  try {
    string = typeof text === 'string' ? text : ((text ?? '') as string);
  } catch {
    return '[Throws]';
  }
  return maskedText(string, walk);
}
