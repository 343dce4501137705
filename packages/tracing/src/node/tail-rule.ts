import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { TailPlan, TailStats } from './tail-options.js';

interface WaitingTrace {
  readonly spans: ReadableSpan[];
  /** First spans of this process that have not ended. */
  open: number;
  kept: boolean;
}

/** Traces whose fate is remembered for spans that end after the first one has. */
const maxRemembered = 1000;

/**
 * Holds the spans of traces that were not sampled until the trace's first span in this process ends, and
 * passes them on if one of them failed or the whole was slow. It sees this process only: what other
 * services have not recorded stays unrecorded.
 */
export class TailRule {
  readonly #plan: TailPlan;
  readonly #pass: (span: ReadableSpan) => void;
  readonly #traces = new Map<string, WaitingTrace>();
  readonly #remembered = new Map<string, true>();
  #waiting = 0;
  #kept = 0;
  #discarded = 0;
  #evicted = 0;

  constructor(plan: TailPlan, pass: (span: ReadableSpan) => void) {
    this.#plan = plan;
    this.#pass = pass;
  }

  /** A span that was not sampled has started. */
  onStart(span: ReadableSpan): void {
    if (!isFirst(span)) return;
    const { traceId } = span.spanContext();
    const trace = this.#traces.get(traceId);
    if (trace !== undefined) trace.open++;
    else {
      this.#traces.set(traceId, { spans: [], open: 1, kept: this.#remembered.has(traceId) });
      // Without spans a trace takes little, but not nothing.
      if (this.#traces.size > this.#plan.maxWaitingSpans) this.#evictOldest();
    }
  }

  /** A span that was not sampled has ended. */
  onEnd(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    const trace = this.#traces.get(traceId);
    if (trace === undefined) {
      if (this.#remembered.has(traceId)) this.#pass(span);
      return;
    }
    if (!trace.kept && this.#mattersIn(span)) this.#keep(traceId, trace);
    if (trace.kept) this.#pass(span);
    else {
      trace.spans.push(span);
      this.#waiting++;
    }
    if (isFirst(span) && --trace.open === 0) {
      this.#traces.delete(traceId);
      if (!trace.kept) {
        this.#waiting -= trace.spans.length;
        this.#discarded++;
      }
    } else if (this.#waiting > this.#plan.maxWaitingSpans) this.#evictOldest();
  }

  stats(): TailStats {
    return {
      waiting: this.#waiting,
      kept: this.#kept,
      discarded: this.#discarded,
      evicted: this.#evicted,
    };
  }

  #mattersIn(span: ReadableSpan): boolean {
    if (this.#plan.errors && span.status.code === SpanStatusCode.ERROR) return true;
    if (!isFirst(span)) return false;
    const [seconds, nanos] = span.duration;
    return seconds * 1000 + nanos / 1e6 > this.#plan.slowerThanMillis;
  }

  #keep(traceId: string, trace: WaitingTrace): void {
    trace.kept = true;
    this.#kept++;
    this.#waiting -= trace.spans.length;
    for (const span of trace.spans.splice(0)) this.#pass(span);
    this.#remembered.set(traceId, true);
    if (this.#remembered.size > maxRemembered) {
      for (const [oldest] of this.#remembered) {
        this.#remembered.delete(oldest);
        break;
      }
    }
  }

  #evictOldest(): void {
    for (const [traceId, trace] of this.#traces) {
      this.#traces.delete(traceId);
      this.#waiting -= trace.spans.length;
      if (!trace.kept) this.#evicted++;
      return;
    }
  }
}

/** Whether a span is its trace's first in this process: a root, or the child of another process' span. */
export function isFirst(span: ReadableSpan): boolean {
  return span.parentSpanContext === undefined || span.parentSpanContext.isRemote === true;
}
