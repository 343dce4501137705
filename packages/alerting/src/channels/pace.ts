import { checkedNumber } from '../configuration.js';

/** How a channel is paced; the same for every channel that speaks to a receiver. */
export interface PaceOptions {
  /** How long one delivery may take, milliseconds. Default 10 000. */
  readonly timeoutMillis?: number;
  /** Deliveries at a time. Default 8. */
  readonly concurrency?: number;
  /** No more than so many deliveries in so long, over all replicas. Default: no limit. */
  readonly rate?: { readonly count: number; readonly intervalMillis: number };
}

/** The pace with its defaults, or an error that names the option. */
export function checkedPace(
  path: string,
  options: PaceOptions,
): Required<Omit<PaceOptions, 'rate'>> & Pick<PaceOptions, 'rate'> {
  const { timeoutMillis = 10_000, concurrency = 8, rate } = options;
  checkedNumber(`${path}.timeoutMillis`, timeoutMillis, { min: 1, max: 600_000 });
  checkedNumber(`${path}.concurrency`, concurrency, { min: 1, max: 1000, integer: true });
  return { timeoutMillis, concurrency, ...(rate === undefined ? {} : { rate }) };
}
