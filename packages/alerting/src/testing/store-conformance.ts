import { lifecycleConformance } from './lifecycle-conformance.js';
import { outboxConformance } from './outbox-conformance.js';
import { recordConformance } from './record-conformance.js';
import type { AlertStore } from '../store.js';

/** A fresh, empty store under test. */
export interface StoreHarness {
  /** At least one; for a shared store several, each with a connection of its own, all on the same data. */
  readonly replicas: readonly [AlertStore, ...AlertStore[]];
  /** Lets time pass for the store, by moving the offset of its clock: it must not really take so long. */
  readonly sleep: (millis: number) => Promise<void>;
}

/** One thing that a store must do. `run` rejects with an AssertionError when it does not. */
export interface ConformanceCase {
  /** A sentence about behaviour. */
  readonly title: string;
  readonly run: (harness: StoreHarness) => Promise<void>;
}

/**
 * What every store must do, for any test runner: a fresh harness for each case.
 *
 * ```ts
 * for (const { title, run } of storeConformance) {
 *   test(title, async () => run(await freshHarness()));
 * }
 * ```
 */
export const storeConformance: readonly ConformanceCase[] = [
  ...lifecycleConformance,
  ...outboxConformance,
  ...recordConformance,
];
