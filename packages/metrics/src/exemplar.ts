import { isSpanContextValid, trace } from '@opentelemetry/api';

/** Labels that tie one observation to its trace; together at most 128 characters. */
export type ExemplarLabels = Readonly<Record<string, string>>;

/** The latest exemplar of a bucket. */
export interface Exemplar {
  readonly labelSet: ExemplarLabels;
  readonly value: number;
  /** Unix time in seconds. */
  readonly timestamp: number;
}

const maxCharacters = 128;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Ids of the active span, when it is sampled: the others lead to no trace. */
export function activeSpanLabels(): ExemplarLabels | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || (span.traceFlags & 1) === 0 || !isSpanContextValid(span)) {
    return undefined;
  }
  return { trace_id: span.traceId, span_id: span.spanId };
}

/** Whether OpenMetrics allows these labels; a scrape with others would be refused whole. */
export function areExemplarLabels(labels: unknown): labels is ExemplarLabels {
  if (typeof labels !== 'object' || labels === null) return false;
  let characters = 0;
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value !== 'string' || !labelName.test(name)) return false;
    characters += name.length + value.length;
  }
  return characters > 0 && characters <= maxCharacters;
}
