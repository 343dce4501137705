import type pg from 'pg';
import { bucketOf, medianOf } from './latency-buckets.js';
import { growth, type Sums } from './sharing/sums.js';

/** One call of a detector, without its text. */
export interface ModelCall {
  readonly model: string;
  readonly startedAt: Date;
  readonly durationMillis: number;
  readonly failed: boolean;
  /** Of each finding. */
  readonly confidences: readonly number[];
}

/** The features of one window, with the anomaly monitor's names. */
export type WindowFeatures = Readonly<Record<string, number>>;

const flushIntervalMillis = 1000;
const mostBuffered = 20_000;
const rowsPerStatement = 5000;

/** Gathers detector calls: as features for the anomaly monitor, as rows for the dashboard. */
export class ModelCalls {
  readonly #pool: Pick<pg.Pool, 'query'>;
  readonly #sums: Sums;
  /** Where each model's window began. */
  readonly #begun = new Map<string, { at: number; sums: Readonly<Record<string, number>> }>();
  /** By model, of the latest window that had findings. */
  readonly #confidences = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #rows: ModelCall[] = [];
  #flushing: Promise<void> | undefined;
  #written = 0;
  #dropped = 0;
  #failedWrites = 0;

  /** @param sums of all replicas that are monitored together */
  constructor(pool: Pick<pg.Pool, 'query'>, sums: Sums) {
    this.#pool = pool;
    this.#sums = sums;
    this.#timer = setInterval(() => void this.flush(), flushIntervalMillis).unref();
  }

  record(call: ModelCall): void {
    const { model, durationMillis, failed, confidences } = call;
    this.#sums.add(`calls ${model}`, 1);
    this.#sums.add(`took ${bucketOf(durationMillis)} ${model}`, 1);
    if (failed) this.#sums.add(`failures ${model}`, 1);
    for (const confidence of confidences) {
      this.#sums.add(`findings ${model}`, 1);
      this.#sums.add(`confidence ${model}`, confidence);
    }
    if (this.#rows.length < mostBuffered) this.#rows.push(call);
    else this.#dropped += 1;
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

  /** Writes what was gathered. Never rejects: rows that cannot be written stay for the next time, within bounds. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.flush(); // what came while the first was under way
  }

  stats() {
    return {
      buffered: this.#rows.length,
      written: this.#written,
      dropped: this.#dropped,
      failedWrites: this.#failedWrites,
    };
  }

  async #write(): Promise<void> {
    while (this.#rows.length > 0) {
      const batch = this.#rows.slice(0, rowsPerStatement);
      try {
        await this.#pool.query(
          `insert into model_calls (model, started_at, duration_ms, status)
           select * from unnest($1::text[], $2::timestamptz[], $3::float8[], $4::text[])`,
          [
            batch.map((call) => call.model),
            batch.map((call) => call.startedAt),
            batch.map((call) => call.durationMillis),
            batch.map((call) => (call.failed ? 'error' : 'success')),
          ],
        );
      } catch {
        this.#failedWrites += 1;
        return;
      }
      this.#rows = this.#rows.slice(batch.length);
      this.#written += batch.length;
    }
  }
}
