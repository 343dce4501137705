/** How a call ends. */
export type CallEnd = 'completed' | 'left_early' | 'aborted' | 'failed' | 'truncated';

/** Something that a user does with a client, to compare what comes of it with and without a wrapper. */
export interface ClientCase<C> {
  /** What the user does. */
  readonly name: string;
  /** Model calls that it makes. */
  readonly calls: number;
  /** How the calls end. Default `completed`. */
  readonly ends?: CallEnd | undefined;
  /** How they end with newer versions of the client, which do it in another way. Default the same. */
  readonly endsNewer?: CallEnd | undefined;
  /** The usage is told to the client. Default true. */
  readonly usage?: boolean | undefined;
  /** Does it, and tells all that can be seen of it. */
  readonly run: (client: C) => Promise<unknown>;
}

/** The class of a value and those that it comes of. */
export function classes(value: unknown): string[] {
  const names: string[] = [];
  let prototype: unknown = Object.getPrototypeOf(value);
  while (typeof prototype === 'object' && prototype !== null) {
    const { constructor } = prototype as { constructor?: { name?: unknown } };
    names.push(String(constructor?.name));
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

/** Which of these names a value has as methods. */
export function methods(value: object, names: readonly string[]): string[] {
  return names.filter((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

/** All values of something that can be read in steps. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

/** The first values of something that can be read in steps; then it is left. */
export async function first<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) {
    values.push(value);
    if (values.length === count) break;
  }
  return values;
}
