import { types } from 'node:util';
import { errorText, errorType } from './plain-error.js';
import { maskedText, plainValue, type Walk } from './plain-value.js';

const tokenPattern = /%[scdjifoO%]/g;

/** Whether a message waits for `%s`-style arguments; winston's own pattern. */
export function hasTokens(message: string): boolean {
  return message.includes('%') && message.search(tokenPattern) !== -1;
}

/** Puts the arguments into a message, as `util.format` does, and returns those that were left over. */
export function interpolate(
  message: string,
  args: readonly unknown[],
  walk: Walk,
): { text: string; rest: readonly unknown[] } {
  let next = 0;
  const text = message.replace(tokenPattern, (token) => {
    if (token === '%%') return '%';
    if (next >= args.length) return token;
    return argumentText(token, args[next++], walk);
  });
  return { text, rest: args.slice(next) };
}

/** Any value as the text of a message. */
export function messageText(value: unknown, walk: Walk): string {
  if (typeof value === 'string') return value;
  if (types.isNativeError(value))
    return `${errorType(value, walk)}: ${errorText(messageOf(value), walk)}`;
  const plain = plainValue(value, walk);
  return typeof plain === 'string' ? plain : jsonText(plain);
}

/** An error's own message, whatever its getter does. */
export function messageOf(error: object): unknown {
  try {
    return (error as { message?: unknown }).message;
  } catch {
    return '[Throws]';
  }
}

function argumentText(token: string, value: unknown, walk: Walk): string {
  switch (token) {
    case '%c':
      return ''; // CSS, as in the browser's console: it is consumed and not shown.
    case '%d':
      return typeof value === 'bigint' ? String(value) : numberText(numberOf(value));
    case '%i':
      return typeof value === 'bigint' ? String(value) : numberText(parsed(value, Number.parseInt));
    case '%f':
      return numberText(parsed(value, Number.parseFloat));
    case '%s':
      return typeof value === 'number' ? numberText(value) : messageText(value, walk);
    default:
      if (types.isNativeError(value)) return messageText(value, walk);
      return maskedText(jsonText(plainValue(value, walk)), walk);
  }
}

function jsonText(plain: unknown): string {
  return plain === undefined ? 'undefined' : JSON.stringify(plain);
}

/** As `util.format` writes numbers. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** `12abc` is 12, as in `util.format`; what has code of its own is not asked. */
function parsed(value: unknown, parse: (text: string) => number): number {
  return typeof value === 'number' || typeof value === 'string' ? parse(String(value)) : Number.NaN;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
    ? Number(value)
    : Number.NaN;
}
