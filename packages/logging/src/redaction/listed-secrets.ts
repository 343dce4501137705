import type { Masking } from './masking.js';

// Headers, form fields and attributes come as lists as well, where a secret's name is a value itself.

/** `rawHeaders` of node:http and its like, where names and values take turns. */
const headersKey = /headers?$/i;
/** Twice what node:http takes. */
const mostHeaders = 4000;

/** Flat lists of headers, without the values that are secrets. */
export function withoutHeaders(key: string, list: unknown, masking: Masking): unknown {
  if (!headersKey.test(key)) return list;
  try {
    if (!Array.isArray(list) || list.length % 2 !== 0) return list;
    const headers: unknown[] = list.slice(0, mostHeaders);
    if (!headers.every((item) => typeof item === 'string')) return list;
    return headers.map((item, at) => {
      const name = at % 2 === 1 ? headers[at - 1] : undefined;
      const isSecret = name !== undefined && masking.isSecretKey(name, item);
      return isSecret ? (masking.censored(item) ?? null) : item;
    });
  } catch {
    return list; // A proxy: the walk over its items marks what throws.
  }
}

/** The name in `{ name: 'cookie', value: '…' }`: headers, form fields and attributes are listed that way too. */
export function listedName(value: object, keys: readonly string[]): string | undefined {
  if (keys.length < 2 || keys.length > 8 || !keys.includes('value')) return undefined;
  const key = ['name', 'key'].find((one) => keys.includes(one));
  if (key === undefined) return undefined;
  try {
    const name = (value as Record<string, unknown>)[key];
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** `['authorization', '…']`: entries of headers and parameters. */
export function isSecretPair(item: unknown, masking: Masking): item is [string, unknown] {
  try {
    return (
      Array.isArray(item) &&
      item.length === 2 &&
      typeof item[0] === 'string' &&
      masking.isSecretKey(item[0], item[1])
    );
  } catch {
    return false;
  }
}
