/** What jsonb cannot hold: U+0000 and halves of surrogate pairs. */
const unstorable = /\\u0000|\\ud[89a-f]/i;

function storable(text: string): string {
  return text.replace(/\0|\p{Surrogate}/gu, '\ufffd');
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [storable(key), storableValue(each)]),
  );
}

/** JSON that Postgres takes; the few characters that it does not are replaced by U+FFFD. */
export function storableJson(value: object): string {
  const json = JSON.stringify(value);
  return unstorable.test(json) ? JSON.stringify(storableValue(value)) : json;
}
