/**
 * Wraps a function so that its result, or its error, comes after a flush. Spans that end with the result
 * (the server span of a handler) are in it.
 */
export function flushAfter<A extends unknown[], R>(
  fn: (...args: A) => R,
  flush: () => Promise<void>,
): (...args: A) => Promise<Awaited<R>> {
  return async function (this: unknown, ...args: A): Promise<Awaited<R>> {
    try {
      const result: Awaited<R> = await fn.apply(this, args);
      return result;
    } finally {
      await flush();
    }
  };
}
