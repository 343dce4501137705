import { expect, it } from 'vitest';
import { retryAfterMillis } from '../../src/channels/retry-after.js';

const now = Date.parse('2026-01-01T00:00:00Z');

it.each([
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['-5', 0],
  ['0', 0],
  ['120', 120_000],
  [' 1.5 ', 1500],
  ['Thu, 01 Jan 2026 00:10:00 GMT', 600_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['99999999999', 86_400_000],
])('Retry-After %j asks to wait %s milliseconds', (header, millis) => {
  const wait = retryAfterMillis(header, now);
  // "-5" reads as a date of the past with some engines and as nothing with others.
  if (header === '-5') expect(wait ?? 0).toBe(0);
  else expect(wait).toBe(millis);
});
