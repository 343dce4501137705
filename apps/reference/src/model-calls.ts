import type pg from 'pg';

/** One call of a detector, without its text. */
export interface ModelCall {
  readonly model: string;
  readonly startedAt: Date;
  readonly durationMillis: number;
  /** The strongest finding; 0 when there was none, undefined when the call failed. */
  readonly confidence: number | undefined;
}

/** The features of one window, with the anomaly monitor's names. */
export type WindowFeatures = Readonly<Record<string, number>>;

interface Window {
  calls: number;
  failures: number;
  totalMillis: number;
  totalConfidence: number;
  openedAt: number;
}

const flushIntervalMillis = 1000;
const mostBuffered = 20_000;
const rowsPerStatement = 5000;

/** Gathers detector calls: as features for the anomaly monitor, as rows for the dashboard. */
export class ModelCalls {
  readonly #pool: Pick<pg.Pool, 'query'>;
  readonly #windows = new Map<string, Window>();
  readonly #timer: NodeJS.Timeout;
  #rows: ModelCall[] = [];
  #flushing: Promise<void> | undefined;
  #written = 0;
  #dropped = 0;
  #failedWrites = 0;

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#pool = pool;
    this.#timer = setInterval(() => void this.flush(), flushIntervalMillis).unref();
  }

  record(call: ModelCall): void {
    const window = this.#windowOf(call.model);
    window.calls += 1;
    window.totalMillis += call.durationMillis;
    if (call.confidence === undefined) window.failures += 1;
    else window.totalConfidence += call.confidence;
    if (this.#rows.length < mostBuffered) this.#rows.push(call);
    else this.#dropped += 1;
  }

  /** Ends the model's window and gives its features; a window without calls has no latency and no confidence. */
  collect(model: string): WindowFeatures {
    const { calls, failures, totalMillis, totalConfidence, openedAt } = this.#windowOf(model);
    const now = performance.now();
    this.#windows.set(model, emptyWindow(now));
    const succeeded = calls - failures;
    return {
      throughput: (calls * 1000) / (now - openedAt),
      memory_usage: process.memoryUsage.rss(),
      ...(calls > 0 && { inference_latency: totalMillis / calls, error_rate: failures / calls }),
      ...(succeeded > 0 && { avg_confidence: totalConfidence / succeeded }),
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
            batch.map((call) => (call.confidence === undefined ? 'error' : 'success')),
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

  #windowOf(model: string): Window {
    let window = this.#windows.get(model);
    if (window === undefined) this.#windows.set(model, (window = emptyWindow(performance.now())));
    return window;
  }
}

function emptyWindow(openedAt: number): Window {
  return { calls: 0, failures: 0, totalMillis: 0, totalConfidence: 0, openedAt };
}
