import type { MetricValues } from './metric-values.js';
import type { MetricsSource } from './monitor-options.js';

/** The source did not answer in time. */
export class SourceTimeoutError extends Error {
  override readonly name = 'SourceTimeoutError';
}

/**
 * Asks a source that may be slow, hang or throw. A model's source is called again only after its last
 * call has settled, however many wait for it, so that a hanging one piles nothing up.
 */
export class Collector {
  readonly #source: MetricsSource | undefined;
  readonly #timeoutMillis: number;
  readonly #pending = new Map<string, { answer: Promise<MetricValues>; abort: AbortController }>();

  constructor(source: MetricsSource | undefined, timeoutMillis: number) {
    this.#source = source;
    this.#timeoutMillis = timeoutMillis;
  }

  /** Rejects with what the source throws, or with a `SourceTimeoutError`. */
  async collect(modelName: string): Promise<MetricValues> {
    const { answer, abort } = this.#pending.get(modelName) ?? this.#ask(modelName);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const late = new SourceTimeoutError(`no metrics within ${this.#timeoutMillis} ms`);
        abort.abort(late);
        reject(late);
      }, this.#timeoutMillis);
    });
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  #ask(modelName: string): { answer: Promise<MetricValues>; abort: AbortController } {
    const source = this.#source;
    const abort = new AbortController();
    const answer = (async () => {
      if (source === undefined) throw new Error('no source of metrics is configured');
      const metrics: unknown = await source(modelName, abort.signal);
      if (typeof metrics !== 'object' || metrics === null) {
        throw new TypeError(`the source must give an object of metrics, got ${typeof metrics}`);
      }
      return metrics as MetricValues;
    })();
    const asked = { answer, abort };
    this.#pending.set(modelName, asked);
    const settle = (): void => {
      this.#pending.delete(modelName);
    };
    answer.then(settle, settle);
    return asked;
  }
}
