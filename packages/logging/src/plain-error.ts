import { maskedText, plainText, plainValue, type Walk } from './plain-value.js';

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
}

/**
 * An error with its chain. Of its own fields only the codes are taken: clients hang requests,
 * responses and headers on their errors, with the prompt and the key in them.
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
  const cause = read('cause');
  if (cause !== undefined) {
    plain.cause = typeof cause === 'string' ? errorText(cause, walk) : plainValue(cause, walk);
  }
  const errors = read('errors');
  if (Array.isArray(errors)) plain.errors = plainValue(errors, walk);
  return plain;
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
