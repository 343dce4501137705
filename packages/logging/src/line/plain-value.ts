import { types } from 'node:util';
import { isCardValue } from '../redaction/card-number.js';
import { setOwn } from './info.js';
import { isSecretPair, listedName, withoutHeaders } from '../redaction/listed-secrets.js';
import type { Masking } from '../redaction/masking.js';
import { plainError, type ErrorFields } from './plain-error.js';
import { below, type SecretPath } from '../redaction/secret-paths.js';

/** How large a record may become. */
export interface Limits {
  /** Levels of nesting that are written out; what is deeper becomes `[Object]`, `[Array]` or `[Error]`. Default: 8. */
  readonly maxDepth: number;
  /** Entries of one object, array, Map or Set that are written out; then a mark says how many more. Default: 200. */
  readonly maxEntries: number;
  /** Characters of one string; then a mark says how many more. Default: 16384. */
  readonly maxStringLength: number;
  /** Characters of a whole record, about (before escaping); what comes later becomes `[Truncated]`. Default: 131072. */
  readonly maxRecordLength: number;
}

/** One record's walk over its values: the settings, what is left of the record, and the way back up. */
export interface Walk {
  readonly limits: Limits;
  readonly masking: Masking | undefined;
  readonly ancestors: object[];
  left: number;
  /** Where the walk stands among the paths of secrets. */
  path: SecretPath | undefined;
  readonly errorFields: ErrorFields;
}

export function newWalk(
  limits: Limits,
  masking: Masking | undefined,
  errorFields: ErrorFields = [],
): Walk {
  return {
    limits,
    masking,
    ancestors: [],
    left: limits.maxRecordLength,
    path: masking?.paths,
    errorFields,
  };
}

/**
 * The plain JSON-able equal of any value, or a marked substitute (`[Circular]`, `[Throws]`,
 * `[Function name]`, …). It never throws, whatever the value's getters, proxies and `toJSON` do.
 */
export function plainValue(value: unknown, walk: Walk): unknown {
  walk.left -= 4;
  switch (typeof value) {
    case 'string':
      return maskedText(value, walk);
    case 'number':
      if (walk.masking?.hasPatterns === true && isCardValue(value)) {
        return walk.masking.maskText(String(value));
      }
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return maskedText(String(value), walk);
    case 'undefined':
      return undefined;
    case 'symbol':
      return maskedText(String(value), walk);
    case 'function':
      return functionMark(value, walk);
    default:
      return value === null ? null : plainObject(value as object, walk);
  }
}

/** A property's plain value; a secret's value is not read, unless to hash it. */
export function plainProperty(key: string, value: unknown, walk: Walk): unknown {
  const { masking, path } = walk;
  if (masking?.isSecretKey(key, value) === true) return masking.censored(value);
  const shown = masking ? withoutHeaders(key, value, masking) : value;
  if (path === undefined || masking === undefined) return plainValue(shown, walk);
  const place = below(path, key);
  if (place?.ends === true && value !== undefined) return masking.censored(value);
  walk.path = place;
  const plain = plainValue(shown, walk);
  walk.path = path;
  return plain;
}

/** A text without its secrets, within the limits. */
export function maskedText(text: string, walk: Walk): string {
  const { masking, limits } = walk;
  if (masking === undefined) return plainText(text, walk);
  // Masked before it is cut, or half a secret at the cut would escape its pattern.
  const seen = text.length > limits.maxStringLength + 1024 ? headOf(text, limits) : text;
  return plainText(masking.maskText(seen), walk, text.length - seen.length);
}

/** The beginning of a long text, up to a space where there is one: no half of a secret is at its end. */
function headOf(text: string, { maxStringLength }: Limits): string {
  let end = maxStringLength + 1024;
  while (end > maxStringLength && text.charCodeAt(end - 1) > 32) end--;
  return text.slice(0, end);
}

/** A string within the limits, never cut in the middle of a character; `hidden` were cut before. */
export function plainText(text: string, walk: Walk, hidden = 0): string {
  const room = Math.min(walk.limits.maxStringLength, Math.max(walk.left, 0));
  if (text.length <= room && hidden === 0) {
    walk.left -= text.length;
    return text;
  }
  if (walk.left <= 0) return '[Truncated]';
  const last = text.charCodeAt(room - 1);
  const end = text.length > room && last >= 0xd800 && last <= 0xdbff ? room - 1 : room;
  const kept = text.slice(0, end);
  walk.left -= kept.length;
  return `${kept}…[${text.length + hidden - kept.length} more characters]`;
}

function functionMark(value: object, walk: Walk): string {
  try {
    const name = (value as { name: unknown }).name;
    return typeof name === 'string' && name !== ''
      ? `[Function ${plainText(name, walk)}]`
      : '[Function]';
  } catch {
    return '[Function]';
  }
}

function plainObject(value: object, walk: Walk): unknown {
  if (walk.left <= 0) return '[Truncated]';
  const { ancestors } = walk;
  if (ancestors.includes(value)) return '[Circular]';
  const depth = ancestors.length;
  ancestors.push(value);
  try {
    const deep = depth >= walk.limits.maxDepth;
    if (types.isNativeError(value) || value instanceof Error) {
      return deep ? '[Error]' : plainError(value, walk);
    }
    if (Array.isArray(value)) return deep ? '[Array]' : plainList(value, value.length, walk);
    return plainBuiltIn(value, deep, walk);
  } catch {
    return '[Throws]';
  } finally {
    ancestors.length = depth;
  }
}

function plainBuiltIn(value: object, deep: boolean, walk: Walk): unknown {
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
  }
  if (types.isRegExp(value)) return maskedText(RegExp.prototype.toString.call(value), walk);
  if (types.isBoxedPrimitive(value)) return plainValue(value.valueOf(), walk);
  if (types.isPromise(value)) return '[Promise]';
  if (types.isWeakMap(value)) return '[WeakMap]';
  if (types.isWeakSet(value)) return '[WeakSet]';
  // Bytes are files, images and texts: a log line says how many there were.
  if (types.isAnyArrayBuffer(value) || types.isDataView(value) || types.isUint8Array(value)) {
    return `[${Buffer.isBuffer(value) ? 'Buffer' : tagOf(value)}: ${value.byteLength} bytes]`;
  }
  if (value instanceof URL) return maskedText(value.href, walk);
  if (deep) return '[Object]';
  if (types.isTypedArray(value)) return plainList(value, value.length, walk);
  if (types.isMap(value)) return plainMap(Map.prototype.entries.call(value), value.size, walk);
  if (types.isSet(value)) {
    return plainList(firstOf(Set.prototype.values.call(value), walk), value.size, walk);
  }
  if (value instanceof Headers || value instanceof URLSearchParams) {
    const pairs = [...value];
    return plainMap(pairs, pairs.length, walk);
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') {
    const json: unknown = toJSON.call(value, '');
    return json === value ? plainFields(value, walk) : plainValue(json, walk);
  }
  return plainFields(value, walk);
}

/** An object's own enumerable fields. */
function plainFields(value: object, walk: Walk): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  const keys = Object.keys(value);
  const name = listedName(value, keys);
  const limit = Math.min(keys.length, walk.limits.maxEntries);
  let count = 0;
  for (; count < limit && walk.left > 0; count++) {
    const key = keys[count] ?? '';
    const property = readProperty(value, key, walk, key === 'value' ? name : undefined);
    setOwn(plain, plainKey(key, count, walk), property);
  }
  if (count < keys.length) plain['[more]'] = keys.length - count;
  return plain;
}

function readProperty(value: object, key: string, walk: Walk, name?: string): unknown {
  let property: unknown;
  try {
    property = (value as Record<string, unknown>)[key];
  } catch {
    return '[Throws]';
  }
  if (name !== undefined && walk.masking?.isSecretKey(name, property) === true) {
    return walk.masking.censored(property);
  }
  return plainProperty(key, property, walk);
}

/** A key within the limits, and without a secret. */
export function plainKey(key: string, index: number, walk: Walk): string {
  walk.left -= Math.min(key.length, 256);
  const { masking } = walk;
  if (key.length <= 256 && masking?.mayHoldSecret(key) !== true) return key;
  const shown = masking?.maskText(key.slice(0, 512)).slice(0, 256) ?? key.slice(0, 256);
  // Keys that are the same now stay two keys.
  return shown === key ? key : `${shown}…[key ${index}]`;
}

function plainList(list: ArrayLike<unknown>, length: number, walk: Walk): unknown[] {
  const plain: unknown[] = [];
  const limit = Math.min(length, walk.limits.maxEntries);
  for (; plain.length < limit && walk.left > 0;) {
    let item: unknown;
    try {
      item = list[plain.length];
    } catch {
      item = '[Throws]';
    }
    plain.push(plainItem(plain.length, item, walk) ?? null);
  }
  if (plain.length < length) plain.push(`[${length - plain.length} more]`);
  return plain;
}

function plainItem(index: number, item: unknown, walk: Walk): unknown {
  const { path, masking } = walk;
  if (masking !== undefined && isSecretPair(item, masking)) {
    return plainValue([item[0], masking.censored(item[1]) ?? null], walk);
  }
  return path === undefined ? plainValue(item, walk) : plainProperty(String(index), item, walk);
}

/** A Map with string keys reads as an object, any other as a list of pairs. */
function plainMap(entries: Iterable<[unknown, unknown]>, size: number, walk: Walk): unknown {
  const pairs = firstOf(entries, walk);
  if (!pairs.every(([key]) => typeof key === 'string')) return plainList(pairs, size, walk);
  const plain: Record<string, unknown> = {};
  pairs.forEach(([key, value], index) => {
    const name = key as string;
    setOwn(plain, plainKey(name, index, walk), plainProperty(name, value, walk));
  });
  if (pairs.length < size) plain['[more]'] = size - pairs.length;
  return plain;
}

function firstOf<T>(items: Iterable<T>, walk: Walk): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length >= walk.limits.maxEntries) break;
    first.push(item);
  }
  return first;
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
