import { context } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { counters } from '../stats.js';
import type { DeliveryLedger } from './delivery-ledger.js';

/** OpenTelemetry's `ExportResult`, and what only our own exporters know. */
export interface ExportOutcome {
  /** 0: sent, 1: failed. */
  readonly code: number;
  readonly error?: Error;
  /** Of the spans of a successful export: how many could not be sent, for their size. */
  readonly tooLarge?: number;
}
type ResultCallback = (result: ExportOutcome) => void;
const success = 0;
const failure = 1;

export interface DeliveryOptions {
  /** Makes the exporter; called again to replace one that hangs. */
  readonly create: () => SpanExporter;
  /** Exports that may be under way at once. */
  readonly concurrency: number;
  /** Milliseconds after which an export has failed. */
  readonly timeoutMillis: number;
  readonly ledger: DeliveryLedger;
}

interface Job {
  readonly spans: ReadableSpan[];
  readonly done: ResultCallback;
  readonly active: ReturnType<typeof context.active>;
}

/**
 * Stands between the queue and an exporter and keeps the promises that exporters do not: an
 * answer to each export within the time limit, no exception, no more exports at once than the exporter
 * bears (OTLP's refuses the 31st of a flush, Jaeger's mixes batches), and a count of every span.
 */
export class Delivery implements SpanExporter {
  readonly #options: DeliveryOptions;
  readonly #waiting: Job[] = [];
  readonly #underWay = new Set<ResultCallback>();
  /** Exports under way, by who does them. */
  readonly #users = new Map<SpanExporter, number>();
  #exporter: SpanExporter;
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#exporter = options.create();
  }

  export(spans: ReadableSpan[], done: ResultCallback): void {
    if (this.#closed) {
      // The ledger has counted them when it was abandoned.
      done({ code: failure, error: new Error('tracing is shut down') });
      return;
    }
    // The context suppresses tracing, so that the export's own requests make no spans.
    this.#waiting.push({ spans, done, active: context.active() });
    this.#startNext();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  /** Gives up what waits and what is under way, and answers whoever waits for it. */
  abandon(): void {
    this.#closed = true;
    this.#options.ledger.abandon();
    const error = new Error('gave up at the deadline of the shutdown');
    const waiting = this.#waiting.splice(0).map((job) => job.done);
    for (const done of [...waiting, ...this.#underWay]) done({ code: failure, error });
    this.#underWay.clear();
  }

  #startNext(): void {
    while (this.#underWay.size < this.#options.concurrency) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      context.with(job.active, () => this.#start(job));
    }
  }

  #start({ spans, done }: Job): void {
    const { ledger, timeoutMillis } = this.#options;
    if (spans.length === 0) {
      done({ code: success });
      return;
    }
    const exporter = this.#exporter;
    const settle = (result: ExportOutcome): void => {
      // Late, or a second time: the books are closed already.
      if (!this.#underWay.delete(done)) return;
      clearTimeout(timer);
      this.#release(exporter);
      if (result.code === success) {
        const { tooLarge = 0 } = result;
        ledger.sent(spans.length - tooLarge);
        if (tooLarge > 0) ledger.lost(tooLarge, 'too_large');
      } else ledger.lost(spans.length, 'export_failed', result.error ?? new Error('export failed'));
      done(result);
      this.#startNext();
    };
    const timer = setTimeout(() => {
      this.#replace(exporter);
      settle({ code: failure, error: new Error(`no answer within ${timeoutMillis} ms`) });
    }, timeoutMillis);
    this.#underWay.add(done);
    this.#users.set(exporter, (this.#users.get(exporter) ?? 0) + 1);
    try {
      exporter.export(spans, settle);
    } catch (error) {
      settle({ code: failure, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  /** One that hangs gets no more to do; another one takes its place. */
  #replace(hanging: SpanExporter): void {
    if (hanging !== this.#exporter) return;
    try {
      this.#exporter = this.#options.create();
    } catch {
      counters.internalErrors++;
    }
  }

  /** Closing one that was replaced is the only way to make it let go of its connections. */
  #release(exporter: SpanExporter): void {
    const users = (this.#users.get(exporter) ?? 1) - 1;
    this.#users.set(exporter, users);
    if (users > 0) return;
    this.#users.delete(exporter);
    if (exporter !== this.#exporter) exporter.shutdown().catch(() => undefined);
  }
}
