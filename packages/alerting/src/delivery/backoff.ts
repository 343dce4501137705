/** How failed deliveries are tried again. */
export interface RetryOptions {
  /** The first wait, milliseconds. Default 500. */
  readonly minMillis?: number;
  /** The longest wait, milliseconds; a receiver's Retry-After may be longer. Default 60 000. */
  readonly maxMillis?: number;
  /** A delivery that is older is abandoned, recorded and counted, milliseconds. Default 24 hours. */
  readonly giveUpAfterMillis?: number;
}

/** The wait after the n-th attempt (1 is the first): doubling, with the upper half left to chance. */
export function backoffMillis(
  attempt: number,
  { minMillis, maxMillis }: { readonly minMillis: number; readonly maxMillis: number },
  random: () => number = Math.random,
): number {
  const full = Math.min(maxMillis, minMillis * 2 ** Math.min(attempt - 1, 40));
  return Math.round(full * (0.5 + random() / 2));
}
