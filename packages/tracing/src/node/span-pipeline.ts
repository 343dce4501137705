import { TraceFlags, type Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { CorrelationSpanProcessor } from '../correlation-span-processor.js';
import { counters } from '../stats.js';
import { Delivery } from './delivery.js';
import { DeliveryLedger, type DeliveryStats } from './delivery-ledger.js';
import type { ExporterRecipe } from './exporter.js';
import { privateSpan } from './private-span.js';
import type { SetupPlan } from './setup-plan.js';
import type { TailStats } from './tail-options.js';
import { SpanQueue } from './span-queue.js';
import { isFirst, TailRule } from './tail-rule.js';

interface Destination {
  readonly ledger: DeliveryLedger;
  readonly delivery: Delivery;
  readonly queue: SpanQueue;
}

/** The way of every span: the request's attributes at its start, then tail rule, privacy, queue, batch, exporter. */
export class SpanPipeline implements SpanProcessor {
  readonly #plan: SetupPlan;
  readonly #destinations: readonly Destination[];
  readonly #correlation = new CorrelationSpanProcessor();
  readonly #tail: TailRule | undefined;
  #closed = false;
  #flushing = false;

  constructor(plan: SetupPlan, recipes: readonly ExporterRecipe[]) {
    this.#plan = plan;
    this.#destinations = recipes.map((recipe) => destination(plan, recipe));
    if (plan.alwaysKeep !== undefined) {
      this.#tail = new TailRule(plan.alwaysKeep, (span) => this.#send(asSampled(span)));
    }
  }

  onStart(span: Span, parentContext: Context): void {
    this.#correlation.onStart(span, parentContext);
    if (this.#tail !== undefined && !isSampled(span)) this.#tail.onStart(span);
  }

  onEnd(span: ReadableSpan): void {
    try {
      if (isSampled(span)) this.#send(span);
      else this.#tail?.onEnd(span);
      if (this.#plan.serverless && isFirst(span)) this.#flushSoon();
    } catch {
      counters.internalErrors++;
    }
  }

  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#destinations.map(({ queue }) => queue.flush()));
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    await this.forceFlush();
    await Promise.allSettled(this.#destinations.map(({ delivery }) => delivery.shutdown()));
  }

  /** The end, whatever is still under way. */
  abandon(): void {
    this.#closed = true;
    for (const { delivery } of this.#destinations) delivery.abandon();
  }

  stats(): DeliveryStats[] {
    return this.#destinations.map(({ ledger }) => ledger.stats());
  }

  tailStats(): TailStats | undefined {
    return this.#tail?.stats();
  }

  #send(span: ReadableSpan): void {
    let view: ReadableSpan | undefined;
    for (const { ledger, queue } of this.#destinations) {
      if (this.#closed) ledger.refuse();
      else if (ledger.accept()) queue.add((view ??= privateSpan(span, this.#plan)));
    }
  }

  /** After the tick, in which other spans of the request may still end. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      void this.forceFlush();
    });
  }
}

function isSampled(span: Pick<ReadableSpan, 'spanContext'>): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** A span that was not sampled, as one that was, for receivers that look at the flag. */
function asSampled(span: ReadableSpan): ReadableSpan {
  const own = span.spanContext();
  const sampled = { ...own, traceFlags: own.traceFlags | TraceFlags.SAMPLED };
  return Object.create(span, { spanContext: { value: () => sampled } }) as ReadableSpan;
}

function destination(plan: SetupPlan, recipe: ExporterRecipe): Destination {
  const ledger = new DeliveryLedger(recipe.name, plan.maxQueueSize, plan.onDrop);
  const delivery = new Delivery({
    create: () => recipe.create(() => ledger.queued),
    concurrency: recipe.concurrency,
    timeoutMillis: plan.exportTimeoutMillis,
    ledger,
  });
  const queue = new SpanQueue({
    export: (spans, done) => delivery.export(spans, done),
    concurrency: recipe.concurrency,
    batchSize: plan.maxExportBatchSize,
    intervalMillis: plan.flushIntervalMillis,
  });
  return { ledger, delivery, queue };
}
