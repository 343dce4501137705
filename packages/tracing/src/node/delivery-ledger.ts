import { diag } from '@opentelemetry/api';
import { counters } from '../stats.js';

/** Why spans did not arrive. */
export type DropReason = 'queue_full' | 'export_failed' | 'too_large' | 'shutdown';

/** What `onDrop` is told, at most once a second for each exporter and reason. */
export interface DroppedSpans {
  /** Name of the exporter, e.g. `jaeger`. */
  readonly exporter: string;
  readonly reason: DropReason;
  /** Number of spans since the last call. */
  readonly count: number;
  /** The latest error, where there was one. */
  readonly error?: Error | undefined;
}

/** What became of the spans that were given to one exporter. */
export interface DeliveryStats {
  /** Name of the exporter, e.g. `jaeger`. */
  readonly exporter: string;
  /** Spans that wait or are on their way. */
  readonly queued: number;
  /** Spans that the exporter reported as sent. */
  readonly exported: number;
  /** Spans lost in failed exports. */
  readonly failed: number;
  /** Spans dropped before an export: the queue was full, the span too large, or tracing shut down. */
  readonly dropped: number;
  /** Message of the latest failure. */
  readonly lastError?: string | undefined;
}

/** The books of one exporter: each span that was accepted ends up in exactly one of its columns. */
export class DeliveryLedger {
  readonly exporter: string;
  readonly #maxQueueSize: number;
  readonly #onDrop: ((dropped: DroppedSpans) => void) | undefined;
  readonly #unreported = new Map<DropReason, { count: number; error: Error | undefined }>();
  #timer: NodeJS.Timeout | undefined;
  #queued = 0;
  #exported = 0;
  #failed = 0;
  #dropped = 0;
  #lastError: string | undefined;

  constructor(
    exporter: string,
    maxQueueSize: number,
    onDrop: ((dropped: DroppedSpans) => void) | undefined,
  ) {
    this.exporter = exporter;
    this.#maxQueueSize = maxQueueSize;
    this.#onDrop = onDrop;
  }

  /** Spans that wait or are on their way. */
  get queued(): number {
    return this.#queued;
  }

  /** Whether one more span may be held; if not, it is counted as dropped. */
  accept(): boolean {
    if (this.#queued >= this.#maxQueueSize) {
      this.#dropped++;
      this.#report('queue_full', 1, undefined);
      return false;
    }
    this.#queued++;
    return true;
  }

  /** A span that came after the end. */
  refuse(): void {
    this.#dropped++;
    this.#report('shutdown', 1, undefined);
  }

  sent(count: number): void {
    this.#queued -= count;
    this.#exported += count;
  }

  lost(count: number, reason: DropReason, error?: Error): void {
    this.#queued -= count;
    if (reason === 'export_failed') this.#failed += count;
    else this.#dropped += count;
    if (error !== undefined) this.#lastError = error.message;
    this.#report(reason, count, error);
  }

  /** Counts all that is still held as dropped, because nobody will send it. */
  abandon(): void {
    if (this.#queued > 0) this.lost(this.#queued, 'shutdown');
    this.#flushReports();
  }

  stats(): DeliveryStats {
    return {
      exporter: this.exporter,
      queued: this.#queued,
      exported: this.#exported,
      failed: this.#failed,
      dropped: this.#dropped,
      lastError: this.#lastError,
    };
  }

  #report(reason: DropReason, count: number, error: Error | undefined): void {
    const earlier = this.#unreported.get(reason);
    this.#unreported.set(reason, {
      count: count + (earlier?.count ?? 0),
      error: error ?? earlier?.error,
    });
    // In a storm a callback for each span would cost more than the span.
    this.#timer ??= setTimeout(() => this.#flushReports(), 1000).unref();
  }

  #flushReports(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const reports = [...this.#unreported];
    this.#unreported.clear();
    for (const [reason, { count, error }] of reports) {
      const because = error === undefined ? '' : `: ${error.message}`;
      diag.warn(`@llm/tracing: ${this.exporter}: ${count} spans lost (${reason})${because}`);
      try {
        this.#onDrop?.({ exporter: this.exporter, reason, count, error });
      } catch {
        counters.internalErrors++;
      }
    }
  }
}
