import { TraceFlags, type Context } from '@opentelemetry/api';
import type * as SdkModule from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { setContextAttributes } from '../context-attributes.js';
import { correlationIdKey } from '../context-scope.js';
import { llmContext } from '../context.js';
import { counters } from '../stats.js';
import { Delivery } from './delivery.js';
import { DeliveryLedger, type DeliveryStats } from './delivery-ledger.js';
import type { ExporterRecipe } from './exporter.js';
import { loadPackage } from './optional-package.js';
import { privateSpan } from './private-span.js';
import type { SetupPlan } from './setup-options.js';

interface Destination {
  readonly ledger: DeliveryLedger;
  readonly delivery: Delivery;
  readonly batches: SpanProcessor;
}

/** The way of every span: the request's attributes at its start, then privacy, queue, batch, exporter. */
export class SpanPipeline implements SpanProcessor {
  readonly #plan: SetupPlan;
  readonly #destinations: readonly Destination[];
  #closed = false;

  constructor(plan: SetupPlan, recipes: readonly ExporterRecipe[]) {
    this.#plan = plan;
    this.#destinations = recipes.map((recipe) => destination(plan, recipe));
  }

  onStart(span: Span, parentContext: Context): void {
    try {
      const store = llmContext.getStore();
      if (store !== undefined) setContextAttributes(span, store);
      if (store?.correlationId === undefined) {
        const id = parentContext.getValue(correlationIdKey);
        if (typeof id === 'string') span.setAttribute('correlation_id', id);
      }
    } catch {
      counters.internalErrors++;
    }
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    try {
      let view: ReadableSpan | undefined;
      for (const { ledger, batches } of this.#destinations) {
        if (this.#closed) ledger.refuse();
        else if (ledger.accept()) batches.onEnd((view ??= privateSpan(span, this.#plan)));
      }
    } catch {
      counters.internalErrors++;
    }
  }

  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#destinations.map(({ batches }) => batches.forceFlush()));
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#destinations.map(({ batches }) => batches.shutdown()));
  }

  /** The end, whatever is still under way. */
  abandon(): void {
    this.#closed = true;
    for (const { delivery } of this.#destinations) delivery.abandon();
  }

  stats(): DeliveryStats[] {
    return this.#destinations.map(({ ledger }) => ledger.stats());
  }
}

function destination(plan: SetupPlan, recipe: ExporterRecipe): Destination {
  const { BatchSpanProcessor } = loadPackage('@opentelemetry/sdk-trace-base') as typeof SdkModule;
  const ledger = new DeliveryLedger(recipe.name, plan.maxQueueSize, plan.onDrop);
  const delivery = new Delivery({
    create: recipe.create,
    concurrency: recipe.concurrency,
    timeoutMillis: plan.exportTimeoutMillis,
    fits: recipe.fits,
    ledger,
  });
  const batches = new BatchSpanProcessor(delivery, {
    maxQueueSize: plan.maxQueueSize,
    maxExportBatchSize: plan.maxExportBatchSize,
    scheduledDelayMillis: plan.flushIntervalMillis,
    // The delivery answers every export, but in turn: its time limit is the one that counts.
    exportTimeoutMillis: 2 ** 31 - 1,
  });
  return { ledger, delivery, batches };
}
