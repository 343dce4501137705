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

  /** The spans of one request, by the time they began. */
  of(correlationId: string): readonly RecentSpan[] {
    return this.#spans
      .filter((span) => span.attributes['correlation_id'] === correlationId)
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
}
