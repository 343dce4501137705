/** Tests texts against one in which `*` stands for anything; its parts are found in order, so no text takes long. */
export function textMatcher(wanted: string | undefined): (actual: string) => boolean {
  if (wanted === undefined) return () => true;
  const parts = wanted.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return (actual) => actual === wanted;
  const inner = parts.slice(1, -1);
  return (actual) => {
    if (!actual.startsWith(first) || !actual.endsWith(last)) return false;
    let from = first.length;
    for (const part of inner) {
      const found = actual.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return from <= actual.length - last.length;
  };
}
