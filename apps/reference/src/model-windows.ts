import { bucketOf, medianOf } from './latency-buckets.js';
import { growth, type Sums } from './sharing/sums.js';

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
  readonly #sums: Sums;
  /** Where each model's window began. */
  readonly #begun = new Map<string, { at: number; sums: Readonly<Record<string, number>> }>();
  /** By model, of the latest window that had findings. */
  readonly #confidences = new Map<string, number>();

  /** @param sums of all replicas that are monitored together */
  constructor(sums: Sums) {
    this.#sums = sums;
  }

  record({ model, durationMillis, failed, confidences }: DetectorCall): void {
    this.#sums.add(`calls ${model}`, 1);
    this.#sums.add(`took ${bucketOf(durationMillis)} ${model}`, 1);
    if (failed) this.#sums.add(`failures ${model}`, 1);
    for (const confidence of confidences) {
      this.#sums.add(`findings ${model}`, 1);
      this.#sums.add(`confidence ${model}`, confidence);
    }
  }

  /**
   * Ends the model's window and gives its features: none for the first one, which nobody saw begin; a window without
   * calls has no latency and no error rate. Rejects when the sums cannot be read.
   *
   * Latency is the median: a pause of the machine hits single calls. Confidence is that of findings, since how many texts
   * hold something is the clients' affair; a window without findings knows nothing new of it.
   */
  async collect(model: string): Promise<WindowFeatures> {
    const sums = await this.#sums.read();
    const at = performance.now();
    const begun = this.#begun.get(model);
    this.#begun.set(model, { at, sums });
    if (begun === undefined) return {};
    const of = (what: string): number => growth(begun.sums, sums, `${what} ${model}`);
    const [calls, findings] = [of('calls'), of('findings')];
    const latency = medianOf((bucket) => of(`took ${bucket}`));
    if (findings > 0) this.#confidences.set(model, of('confidence') / findings);
    return {
      throughput: (calls * 1000) / (at - begun.at),
      memory_usage: process.memoryUsage.rss(),
      avg_confidence: this.#confidences.get(model) ?? 1,
      ...(calls > 0 && { error_rate: of('failures') / calls }),
      ...(latency !== undefined && { inference_latency: latency }),
    };
  }
}
