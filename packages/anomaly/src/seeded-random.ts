/** Numbers in [0, 1), always the same for one seed (Mulberry32 mixed from two words, 53 bits used). */
export type Random = () => number;

/** A generator of its own state; `seed` is an integer from 0 to 2^32 - 1. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
}

/** A seed nobody chose. */
export function anySeed(): number {
  return Math.floor(Math.random() * 4294967296);
}

/** Runs the synchronous `work` with `Math.random` replaced, for libraries that take no generator. */
export function withMathRandom<T>(random: Random, work: () => T): T {
  const original = Math.random;
  Math.random = random;
  try {
    return work();
  } finally {
    Math.random = original;
  }
}

/**
 * Draws samples of distinct indices below `size`, each in random order (the head of a Fisher-Yates shuffle). What was
 * moved is put back afterwards, so that a sample costs by its own length, not by `size`.
 */
export function indexSampler(size: number): (count: number, random: Random) => number[] {
  const indices = new Uint32Array(size).map((_, index) => index);
  const swap = (at: number, other: number): void => {
    const kept = indices[at] as number;
    indices[at] = indices[other] as number;
    indices[other] = kept;
  };
  return (count, random) => {
    const others = new Uint32Array(count);
    for (let at = 0; at < count; at += 1) {
      const other = at + Math.floor(random() * (size - at));
      others[at] = other;
      swap(at, other);
    }
    const drawn = Array.from(indices.subarray(0, count));
    for (let at = count - 1; at >= 0; at -= 1) swap(at, others[at] as number);
    return drawn;
  };
}
