import { maskBounded } from './mask.js';
import { withoutSentText } from './sent-text.js';

const maxMessageLength = 4096;
const maxStackLength = 16_384;

export type Mask = ((text: string) => string) | false;

/** What a span may say of an error. */
export interface ErrorText {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
}

/** Messages of providers' errors, rid of what the request said: a span further out records no more. */
const cleaned = new WeakMap<object, string>();

const maxRemembered = 64;
const maxCleanedLength = maxMessageLength + 512;

/** The latest of them by their text, as spans of other makers quote them: the longest part that was cleaned. */
const remembered = new Map<string, string>();

/**
 * The type, message and stack of an error, masked and bounded.
 *
 * @param sent what was sent to whoever complains: texts of it that the message repeats are taken out
 */
export function errorText(error: unknown, mask: Mask, sent?: unknown): ErrorText {
  const type = errorType(error);
  const original = errorMessage(error);
  const apply = mask === false ? (same: string): string => same : mask;
  const message = maskBounded(
    mask === false ? original : knownOrCleaned(error, original, sent),
    maxMessageLength,
    apply,
  );
  const stack = error instanceof Error ? error.stack : undefined;
  if (typeof stack !== 'string') return { type, message };
  if (mask !== false && cleaned.has(error as object)) {
    // A stack begins with the message: only the frames behind it are kept.
    const at = stack.indexOf(original);
    const frames = at < 0 ? '' : stack.slice(at + original.length);
    return {
      type,
      message,
      stack: `${type}: ${message}${maskBounded(frames, maxStackLength, apply)}`,
    };
  }
  return { type, message, stack: maskBounded(stack, maxStackLength, apply) };
}

function knownOrCleaned(error: unknown, original: string, sent: unknown): string {
  if (typeof error !== 'object' || error === null) {
    return sent === undefined ? original : withoutSentText(original, sent);
  }
  const known = cleaned.get(error);
  if (known !== undefined || sent === undefined) return known ?? original;
  const part = original.slice(0, maxCleanedLength);
  const text = withoutSentText(part, sent);
  cleaned.set(error, text);
  if (text !== part) remember(part, text);
  return text;
}

function remember(part: string, text: string): void {
  remembered.delete(part);
  remembered.set(part, text);
  for (const [oldest] of remembered) {
    if (remembered.size <= maxRemembered) break;
    remembered.delete(oldest);
  }
}

/** A text without what messages of model calls that failed lately have repeated of their requests. */
export function withoutKnownPrompts(text: string): string {
  let result = text;
  // The longest first, as one message may hold another.
  const known = [...remembered].sort(([a], [b]) => b.length - a.length);
  for (const [part, clean] of known) {
    const at = result.indexOf(part);
    if (at < 0) continue;
    // What follows a part that was cut has not been cleaned.
    result =
      part.length < maxCleanedLength
        ? result.replaceAll(part, () => clean)
        : `${result.slice(0, at)}${clean}…`;
  }
  return result;
}

/** The class of an error, or its `name` where it set one of its own. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) {
    return error === null ? 'null' : typeof error;
  }
  const { name } = error as { name: unknown };
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name.slice(0, 256);
  const className = (error.constructor as { name?: unknown } | undefined)?.name;
  return typeof className === 'string' && className !== '' ? className : 'Error';
}

function errorMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    return String(error.message);
  }
  switch (typeof error) {
    case 'object':
    case 'function':
      // Its own toString may show anything.
      return Object.prototype.toString.call(error);
    default:
      return String(error);
  }
}
