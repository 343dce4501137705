import { escapeUnsafe } from './json-line.js';

/** Whatever `JSON.stringify` or `escapeUnsafe` would write otherwise; lone surrogates too. */
const special = /["\\\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Surrogate}]/u;

/** A string as JSON, as `jsonLine` writes it. */
export function jsonText(text: string): string {
  const { length } = text;
  if (length < 40) {
    // Cheaper than a regular expression for what most values are: short, and plain ASCII.
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 32 || code > 126 || code === 34 || code === 92) return carefully(text);
    }
    return `"${text}"`;
  }
  return special.test(text) ? carefully(text) : `"${text}"`;
}

function carefully(text: string): string {
  return escapeUnsafe(JSON.stringify(text));
}
