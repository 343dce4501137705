import { SpanStatusCode, type Attributes, type HrTime, type SpanContext } from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import { checkInteger, type SpanExporterLike } from './exporter-options.js';

/** A finished span of a request. */
export interface RecentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  /** ISO 8601, to the millisecond. */
  readonly startedAt: string;
  readonly durationMillis: number;
  /** Whether its status is ERROR. */
  readonly failed: boolean;
}

/** How much is kept. */
export interface RecentSpansOptions {
  /** Spans of all requests together; older ones are forgotten. Default 5000. */
  readonly maxSpans?: number | undefined;
}

/** As much of the SDK's `ReadableSpan` as is read. */
interface FinishedSpan {
  readonly name: string;
  readonly attributes: Attributes;
  readonly status: { readonly code: SpanStatusCode };
  readonly startTime: HrTime;
  readonly duration: HrTime;
  readonly parentSpanContext?: SpanContext | undefined;
  spanContext(): SpanContext;
}

/**
 * An exporter that keeps the latest spans of requests in memory, so that a page of yours can show what one request did
 * without any server: `exporter: [new RecentSpans(), 'environment']`. Spans without a correlation id belong to no request
 * and are not kept.
 */
export class RecentSpans implements SpanExporterLike {
  readonly #maxSpans: number;
  #spans: FinishedSpan[] = [];

  /** @throws TracingConfigError */
  constructor(options: RecentSpansOptions = {}) {
    if (typeof options !== 'object' || (options as unknown) === null) {
      throw new TracingConfigError('options', 'an object', options);
    }
    checkInteger(options.maxSpans, 1, 10_000_000, 'maxSpans');
    this.#maxSpans = options.maxSpans ?? 5000;
  }

  /** Called by the SDK. */
  export(spans: readonly FinishedSpan[], done: (result: { code: number }) => void): void {
    for (const span of spans) {
      // Others would push out those of requests.
      if ('correlation_id' in span.attributes) this.#spans.push(span);
    }
    this.#spans.splice(0, Math.max(0, this.#spans.length - this.#maxSpans));
    done({ code: 0 });
  }

  /** What is kept can still be read. */
  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** The spans of one request, by the time they began; of traces that are one tenant's alone, if it is given. */
  of(correlationId: string, tenantId?: string): readonly RecentSpan[] {
    const spans = this.#spans.filter((span) => span.attributes['correlation_id'] === correlationId);
    const tenants = tenantsByTrace(spans);
    return spans
      .filter((span) => {
        const all = tenants.get(span.spanContext().traceId);
        return tenantId === undefined || (all?.size === 1 && all.has(tenantId));
      })
      .sort(byStart)
      .map((span) => ({
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        parentSpanId: span.parentSpanContext?.spanId ?? null,
        name: span.name,
        startedAt: new Date(millisOf(span.startTime)).toISOString(),
        durationMillis: millisOf(span.duration),
        failed: span.status.code === SpanStatusCode.ERROR,
      }));
  }

  /** Forgets the traces that a tenant has a part in; gives how many spans. */
  forgetTenant(tenantId: string): number {
    const tenants = tenantsByTrace(this.#spans);
    const before = this.#spans.length;
    this.#spans = this.#spans.filter(
      (span) => tenants.get(span.spanContext().traceId)?.has(tenantId) !== true,
    );
    return before - this.#spans.length;
  }
}

/** Of those that began in the same millisecond the longer one first: it is around the others. */
function byStart(a: FinishedSpan, b: FinishedSpan): number {
  const later = millisOf(a.startTime) - millisOf(b.startTime);
  return later || millisOf(b.duration) - millisOf(a.duration);
}

function millisOf([seconds, nanos]: HrTime): number {
  return seconds * 1000 + nanos / 1e6;
}

/** Only the spans inside say whose they are: the server's began before that was known. */
function tenantsByTrace(spans: readonly FinishedSpan[]): ReadonlyMap<string, ReadonlySet<unknown>> {
  const tenants = new Map<string, Set<unknown>>();
  for (const span of spans) {
    const tenant = span.attributes['tenant_id'];
    if (tenant === undefined) continue;
    const { traceId } = span.spanContext();
    tenants.set(traceId, (tenants.get(traceId) ?? new Set()).add(tenant));
  }
  return tenants;
}
