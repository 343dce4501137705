/** The milliseconds of an RFC 3339 time; null when there is none (Go's zero time included), NaN when it is wrong. */
export function timeOf(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/.test(value)) return NaN;
  return value.startsWith('0001-01-01T00:00:00') ? null : Date.parse(value);
}
