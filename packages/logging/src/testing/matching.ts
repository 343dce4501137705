/** Fields that an object must have at least. */
export type Pattern = Readonly<Record<string, unknown>>;

/**
 * Whether a value from JSON is as a pattern says: of objects the pattern's fields, of lists all items,
 * of texts a regular expression or the very text. A field that is `undefined` in the pattern must be absent.
 */
export function matches(value: unknown, pattern: unknown): boolean {
  if (pattern instanceof RegExp) return typeof value === 'string' && value.search(pattern) !== -1;
  if (typeof pattern !== 'object' || pattern === null) return Object.is(value, pattern);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) &&
      value.length === pattern.length &&
      pattern.every((item, index) => matches(value[index], item))
    );
  }
  return Object.entries(pattern).every(([key, part]) =>
    matches(Object.hasOwn(value, key) ? (value as Pattern)[key] : undefined, part),
  );
}
