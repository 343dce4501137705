import { Histogram, type HistogramConfiguration } from 'prom-client';
import { labelsOf } from './guarded-counter.js';
import type { LabelGuard, LabelStats } from './label-guard.js';

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** prom-client's Histogram, made safe for hot paths: bounded labels, values in range, no exceptions. */
export class GuardedHistogram<L extends string> extends Histogram<L> {
  readonly #guard: LabelGuard<L>;

  constructor(
    configuration: HistogramConfiguration<L>,
    range: ValueRange,
    guard: LabelGuard<L>,
    stats: LabelStats,
  ) {
    super(configuration);
    this.#guard = guard;
    // prom-client keeps `observe` on the instance, so this is where it can be guarded; timers call it.
    const record = this.observe.bind(this) as (labels: Record<L, string>, value: number) => void;
    this.observe = ((labels: unknown, value: unknown) => {
      if (typeof labels === 'number' && value === undefined) {
        value = labels;
        labels = undefined;
      }
      if (typeof value !== 'number' || !(value >= range.min && value <= range.max)) {
        stats.invalidValues++;
        return;
      }
      try {
        record(guard.resolve(labels), value);
        stats.accepted++;
      } catch {
        stats.failed++;
      }
    }) as Histogram<L>['observe'];
  }

  override labels(...args: unknown[]): Histogram.Internal<L> {
    // prom-client's own child would go round the guard.
    const labels = labelsOf<L>(this, args) as Partial<Record<L, string>>;
    return {
      observe: (value) => this.observe(labels, value),
      startTimer: () => this.startTimer(labels),
    };
  }

  override zero(labels: Partial<Record<L, string | number>>): void {
    super.zero(this.#guard.resolve(labels));
  }

  override reset(): void {
    super.reset();
    // prom-client may reset in its constructor, before there is a guard.
    if (#guard in this) this.#guard.clear();
  }

  override remove(...args: unknown[]): void {
    super.remove(...(args as string[]));
    this.#guard.forget(labelsOf(this, args));
  }
}
