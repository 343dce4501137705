/** The longest that a receiver may make us wait, milliseconds. */
const longestMillis = 86_400_000;

/**
 * Milliseconds that a `Retry-After` header (seconds or an HTTP date, RFC 9110) asks to wait,
 * or undefined when there is none that makes sense.
 */
export function retryAfterMillis(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, longestMillis);
  const date = Date.parse(text);
  if (Number.isNaN(date)) return undefined;
  return Math.min(Math.max(0, date - now), longestMillis);
}
