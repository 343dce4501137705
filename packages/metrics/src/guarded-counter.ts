import { Counter, type CounterConfiguration } from 'prom-client';
import type { LabelGuard, LabelStats } from './label-guard.js';

/** prom-client's Counter, made safe for hot paths: bounded labels, no exceptions. */
export class GuardedCounter<L extends string> extends Counter<L> {
  readonly #guard: LabelGuard<L>;

  constructor(configuration: CounterConfiguration<L>, guard: LabelGuard<L>, stats: LabelStats) {
    super(configuration);
    this.#guard = guard;
    // prom-client keeps `inc` on the instance, so this is where it can be guarded; `labels(...)` binds it.
    const record = this.inc.bind(this) as (labels: Record<L, string>, value: number) => void;
    this.inc = ((labels: unknown, value: unknown) => {
      if (typeof labels === 'number') {
        value = labels;
        labels = undefined;
      }
      const amount = value ?? 1;
      if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0) {
        stats.invalidValues++;
        return;
      }
      try {
        record(guard.resolve(labels), amount);
        stats.accepted++;
      } catch {
        stats.failed++;
      }
    }) as Counter<L>['inc'];
  }

  override labels(...args: unknown[]): Counter.Internal {
    // prom-client's own throws when a value is missing.
    const labels = labelsOf<L>(this, args) as Partial<Record<L, string>>;
    return { inc: (value) => this.inc(labels, value) };
  }

  override reset(): void {
    super.reset();
    // prom-client resets in its constructor, before there is a guard.
    if (#guard in this) this.#guard.clear();
  }

  override remove(...args: unknown[]): void {
    super.remove(...(args as string[]));
    this.#guard.forget(labelsOf(this, args));
  }
}

/** The label object behind prom-client's two ways of writing labels. */
export function labelsOf<L extends string>(
  metric: object,
  args: readonly unknown[],
): Partial<Record<L, unknown>> {
  if (typeof args[0] === 'object' && args[0] !== null) return args[0];
  const { labelNames } = metric as { labelNames: readonly L[] };
  return Object.fromEntries(labelNames.map((name, i) => [name, args[i]])) as Record<L, unknown>;
}
