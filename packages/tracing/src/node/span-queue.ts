import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { llmContext } from '../context.js';
import type { ExportOutcome } from './delivery.js';
import { suppressTracing } from './suppress-tracing.js';

export interface SpanQueueOptions {
  readonly export: (spans: ReadableSpan[], done: (outcome: ExportOutcome) => void) => void;
  /** Exports that may be under way at once. */
  readonly concurrency: number;
  /** Spans in one export. */
  readonly batchSize: number;
  /** Longest that a span waits for its export, in milliseconds. */
  readonly intervalMillis: number;
}

interface Waiter {
  /** Number of the first span that is not waited for. */
  readonly until: number;
  readonly resolve: () => void;
}

const exporting = suppressTracing(ROOT_CONTEXT);

/**
 * Spans on their way into exports. The SDK's batch processor starts an export when the one before it has
 * ended, so that a receiver that takes 30 ms to answer gets 17 000 spans a second at most; this one keeps
 * as many under way as the exporter bears.
 */
export class SpanQueue {
  readonly #options: SpanQueueOptions;
  #spans: ReadableSpan[] = [];
  #head = 0;
  /** Number, since the start, of the span at the head. */
  #headNumber = 0;
  readonly #underWay = new Set<{ readonly first: number }>();
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  /** Spans before this number leave without waiting for company. */
  #urgentUntil = 0;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
  }

  add(span: ReadableSpan): void {
    this.#spans.push(span);
    if (this.#waiting >= this.#options.batchSize) this.#schedule();
    else this.#startTimer();
  }

  /** Resolves when all spans that are here now have been sent or have failed. */
  flush(): Promise<void> {
    const until = this.#headNumber + this.#waiting;
    if (this.#oldest() >= until) return Promise.resolve();
    this.#urgentUntil = until;
    const flushed = new Promise<void>((resolve) => this.#waiters.add({ until, resolve }));
    this.#pump();
    return flushed;
  }

  get #waiting(): number {
    return this.#spans.length - this.#head;
  }

  #oldest(): number {
    let oldest = this.#headNumber + this.#waiting;
    if (this.#waiting > 0) oldest = this.#headNumber;
    for (const { first } of this.#underWay) oldest = Math.min(oldest, first);
    return oldest;
  }

  #startTimer(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#urgentUntil = this.#headNumber + this.#waiting;
      this.#pump();
    }, this.#options.intervalMillis).unref();
  }

  /** Not in the tick that makes the spans: it is a request's. */
  #schedule(): void {
    if (this.#scheduled || this.#underWay.size >= this.#options.concurrency) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // One at a time: what is urgent for requests comes between.
      this.#pump(1);
    });
  }

  #pump(atMost = Infinity): void {
    const { concurrency, batchSize } = this.#options;
    let started = 0;
    while (this.#underWay.size < concurrency && this.#waiting > 0) {
      const full = this.#waiting >= batchSize;
      if (!full && this.#headNumber >= this.#urgentUntil) break;
      if (started++ === atMost) {
        this.#schedule();
        break;
      }
      this.#start();
    }
    if (this.#waiting > 0 && this.#underWay.size === 0) this.#startTimer();
  }

  #start(): void {
    const { batchSize } = this.#options;
    const batch = this.#spans.slice(this.#head, this.#head + batchSize);
    const job = { first: this.#headNumber };
    this.#head += batch.length;
    this.#headNumber += batch.length;
    if (this.#head === this.#spans.length || this.#head >= 8192) {
      this.#spans = this.#spans.slice(this.#head);
      this.#head = 0;
    }
    this.#underWay.add(job);
    const done = (): void => {
      if (!this.#underWay.delete(job)) return;
      this.#answerWaiters();
      if (this.#waiting >= batchSize) this.#schedule();
      else this.#pump();
    };
    // Outside of the request whose span came last, and without spans of its own.
    llmContext.exit(() => context.with(exporting, () => this.#options.export(batch, done)));
  }

  #answerWaiters(): void {
    const oldest = this.#oldest();
    for (const waiter of this.#waiters) {
      if (oldest < waiter.until) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
