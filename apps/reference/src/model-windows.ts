import type { ReplicaTotals } from '@llm/metrics';
import { bucketOf, medianOf } from './latency-buckets.js';

/** One call of a detector, without its text. */
export interface DetectorCall {
  readonly model: string;
  readonly durationMillis: number;
  readonly failed: boolean;
  /** Of each finding. */
  readonly confidences: readonly number[];
}

/** The features of one window, with the anomaly monitor's names. */
export type WindowFeatures = Readonly<Record<string, number>>;

/** Gathers detector calls as features for the anomaly monitor. */
export class ModelWindows {
  readonly #totals: ReplicaTotals;
  /** By model: ends its window. */
  readonly #next = new Map<string, ReturnType<ReplicaTotals['follow']>>();
  /** By model, of the latest window that had findings. */
  readonly #confidences = new Map<string, number>();

  /** @param totals of all replicas that are monitored together */
  constructor(totals: ReplicaTotals) {
    this.#totals = totals;
  }

  record({ model, durationMillis, failed, confidences }: DetectorCall): void {
    this.#totals.add(`calls ${model}`, 1);
    this.#totals.add(`took ${bucketOf(durationMillis)} ${model}`, 1);
    if (failed) this.#totals.add(`failures ${model}`, 1);
    for (const confidence of confidences) {
      this.#totals.add(`findings ${model}`, 1);
      this.#totals.add(`confidence ${model}`, confidence);
    }
  }

  /**
   * Ends the model's window and gives its features: none for the first one, which nobody saw begin; a window without
   * calls has no latency and no error rate. Rejects when the totals cannot be read.
   *
   * Latency is the median: a pause of the machine hits single calls. Confidence is that of findings, since how many texts
   * hold something is the clients' affair; a window without findings knows nothing new of it.
   */
  async collect(model: string): Promise<WindowFeatures> {
    const next = this.#next.get(model) ?? this.#totals.follow();
    this.#next.set(model, next);
    const { growth } = await next();
    if (growth === null) return {};
    const of = (what: string): number => growth.of(`${what} ${model}`);
    const [calls, findings] = [of('calls'), of('findings')];
    const latency = medianOf((bucket) => of(`took ${bucket}`));
    if (findings > 0) this.#confidences.set(model, of('confidence') / findings);
    return {
      throughput: calls / growth.seconds,
      memory_usage: process.memoryUsage.rss(),
      avg_confidence: this.#confidences.get(model) ?? 1,
      ...(calls > 0 && { error_rate: of('failures') / calls }),
      ...(latency !== undefined && { inference_latency: latency }),
    };
  }
}
