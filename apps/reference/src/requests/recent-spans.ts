import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** A span as `GET /requests/:correlationId` shows it. */
export interface RecentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startedAt: string;
  readonly durationMillis: number;
  readonly failed: boolean;
}

const mostSpans = 5000;

/** An exporter that keeps the latest spans in memory, so that traces can be followed without any server. */
export class RecentSpans {
  readonly #spans: ReadableSpan[] = [];

  export(spans: readonly ReadableSpan[], done: (result: { code: number }) => void): void {
    // Spans without the id belong to no request, and would push out those that do.
    this.#spans.push(...spans.filter((span) => 'correlation_id' in span.attributes));
    this.#spans.splice(0, Math.max(0, this.#spans.length - mostSpans));
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** The spans of one request, by the time they began; of traces of one tenant alone or, when that is null, of all. */
  of(correlationId: string, tenant: string | null = null): readonly RecentSpan[] {
    const spans = this.#spans.filter((span) => span.attributes['correlation_id'] === correlationId);
    const tenants = tenantsByTrace(spans);
    return spans
      .filter((span) => {
        const all = tenants.get(span.spanContext().traceId);
        return tenant === null || (all?.size === 1 && all.has(tenant));
      })
      .map((span) => ({
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        parentSpanId: span.parentSpanContext?.spanId ?? null,
        name: span.name,
        startedAt: new Date(span.startTime[0] * 1000 + span.startTime[1] / 1e6).toISOString(),
        durationMillis: span.duration[0] * 1000 + span.duration[1] / 1e6,
        failed: span.status.code === SpanStatusCode.ERROR,
      }))
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  /** Forgets the traces that a tenant has a part in; gives how many spans. */
  forget(tenant: string): number {
    const tenants = tenantsByTrace(this.#spans);
    const kept = this.#spans.filter(
      (span) => tenants.get(span.spanContext().traceId)?.has(tenant) !== true,
    );
    const forgotten = this.#spans.length - kept.length;
    this.#spans.splice(0, Infinity, ...kept);
    return forgotten;
  }
}

/** Only the spans inside say whose they are: the server's began before that was known. */
function tenantsByTrace(spans: readonly ReadableSpan[]): ReadonlyMap<string, ReadonlySet<unknown>> {
  const tenants = new Map<string, Set<unknown>>();
  for (const span of spans) {
    const tenant = span.attributes['tenant_id'];
    if (tenant === undefined) continue;
    const { traceId } = span.spanContext();
    tenants.set(traceId, (tenants.get(traceId) ?? new Set()).add(tenant));
  }
  return tenants;
}
