import type { RecordEntry } from './info.js';

// JSON allows these inside a string, but readers of lines and terminals act on them: DEL and C1
// controls (NEL among them), line and paragraph separators, bidirectional overrides, BOM.
const unsafe = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** Whatever `JSON.stringify` or `escapeUnsafe` would write otherwise; lone surrogates too. */
const special = /["\\\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Surrogate}]/u;

/** One record as one line of JSON, without the newline; keys keep their order. */
export function jsonLine(record: readonly RecordEntry[]): string {
  let line = '{';
  for (const [key, value] of record) {
    line += `${line === '{' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return escapeUnsafe(`${line}}`);
}

/** A string as `jsonLine` writes it. */
export function jsonString(text: string): string {
  const { length } = text;
  if (length < 16) {
    // Cheaper than a regular expression for what most values are: short, and plain ASCII.
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 32 || code > 126 || code === 34 || code === 92) return escaped(text);
    }
    return `"${text}"`;
  }
  return special.test(text) ? escaped(text) : `"${text}"`;
}

function escaped(text: string): string {
  return escapeUnsafe(JSON.stringify(text));
}

/** Writes what could end a line or steer a terminal as `\uXXXX`. */
export function escapeUnsafe(json: string): string {
  return json.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
