/** Reads something to its end, and tells how many values that were. */
export async function drain(source: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  const steps = source[Symbol.asyncIterator]();
  while ((await steps.next()).done !== true) count++;
  return count;
}
