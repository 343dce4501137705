import {
  type Exemplar,
  type ExemplarLabels,
  activeSpanLabels,
  areExemplarLabels,
} from './exemplar.js';
import type { Series } from './series.js';
import type { LabelStats } from './series-table.js';

/** How often a series looks for a sampled span between two scrapes before it gives up. */
const attemptsPerScrape = 32;

/** The exemplars of one series: the latest of each bucket. */
export class ExemplarStore {
  readonly list: (Exemplar | undefined)[] = [];
  attempts = attemptsPerScrape;
}

/**
 * Keeps the given exemplar, or the active span's ids. A bucket takes one after each scrape and then
 * is no longer armed: a scraper keeps one an interval, and looking for a span costs more than observing.
 */
export function takeExemplar(
  series: Series,
  bucket: number,
  value: number,
  given: ExemplarLabels | undefined,
  stats: LabelStats,
): void {
  const store = (series.exemplars ??= new ExemplarStore());
  let labelSet: ExemplarLabels | undefined;
  try {
    labelSet = given ?? activeSpanLabels();
    if (given !== undefined && !areExemplarLabels(given)) {
      stats.failed++;
      return;
    }
  } catch {
    // A foreign SDK's span that cannot tell its ids; the observation itself is recorded.
  }
  if (labelSet === undefined) {
    store.attempts -= 1;
    // Not 0: exemplars that callers give are still kept.
    if (store.attempts <= 0) series.armed = 1 << 31;
    return;
  }
  store.list[bucket] = { labelSet, value, timestamp: Date.now() / 1000 };
  series.armed &= ~bitOf(bucket);
}

/** The bit of a bucket in `armed`; from 32 buckets on they share bits. */
export function bitOf(bucket: number): number {
  return 1 << (bucket & 31);
}

/** Lets every bucket take an exemplar again. */
export function rearm(list: readonly (Series | undefined)[]): void {
  for (const series of list) {
    if (series === undefined) continue;
    series.armed = -1;
    if (series.exemplars) series.exemplars.attempts = attemptsPerScrape;
  }
}
