import {
  context,
  defaultTextMapGetter,
  propagation,
  trace,
  type Context,
} from '@opentelemetry/api';
import { baggageHeader, parseBaggage } from './baggage.js';
import { TracingConfigError } from './config-error.js';
import { correlationIdKey } from './context-scope.js';
import { llmContext, type LlmContext } from './context.js';
import { generateCorrelationId, isCorrelationId } from './correlation-id.js';
import { counters } from './stats.js';
import { parseTraceContext, traceparentHeader } from './trace-context.js';

/** What carries the context to another place: fields of a message, of a job, of MCP's `_meta`. */
export type CorrelationCarrier = Record<string, unknown>;

/** A field of the context that travels only when it is asked for, because it may be personal. */
export type CarriedField = 'tenantId' | 'userId' | 'conversationId';

/** What a carrier holds besides the correlation id and the trace. */
export interface InjectCorrelationOptions {
  /** Fields that travel beside the correlation id. Default none. */
  readonly include?: readonly CarriedField[] | undefined;
}

const idField = 'x-correlation-id';
const fieldNames: Readonly<Record<CarriedField, string>> = {
  tenantId: 'x-tenant-id',
  userId: 'x-user-id',
  conversationId: 'x-conversation-id',
};
const maxFieldLength = 256;
/** Longest text of a carrier that is looked at: that of a baggage header. */
const maxTextLength = 8192;

/**
 * Writes the correlation id, the W3C trace context and the baggage of the work in progress into a carrier:
 * for a message to a worker thread, a job of a queue, `_meta` of an MCP request. A carrier is plain
 * JSON-able data. Works with any SDK, or none (the id alone, then).
 *
 * @returns the carrier
 * @example
 * await queue.add('map', { text, trace: injectCorrelation() });
 */
export function injectCorrelation<C extends CorrelationCarrier>(
  carrier: C = {} as C,
  options: InjectCorrelationOptions = {},
): C {
  const include = checkedFields(options.include);
  const fields: CorrelationCarrier = carrier;
  try {
    const active = context.active();
    const { traceparent: earlierParent, baggage: earlierBaggage } = fields;
    // What the provider's owner chose travels as well: Sentry and Datadog have headers of their own.
    propagation.inject(active, fields);
    const span = trace.getSpanContext(active);
    if (fields['traceparent'] === earlierParent && span && trace.isSpanContextValid(span)) {
      fields['traceparent'] = traceparentHeader(span);
      const state = span.traceState?.serialize();
      if (state) fields['tracestate'] = state;
      else delete fields['tracestate'];
    }
    if (fields['baggage'] === earlierBaggage) {
      const baggage = baggageHeader(active);
      if (baggage !== undefined) fields['baggage'] = baggage;
    }
    const store = llmContext.getStore();
    if (store?.correlationId !== undefined) fields[idField] = store.correlationId;
    for (const name of include) {
      const value = store?.[name];
      if (value !== undefined) fields[fieldNames[name]] = value;
    }
  } catch {
    // A propagator of somebody else's, or a frozen carrier.
    counters.internalErrors++;
  }
  return carrier;
}

/**
 * Runs `fn` in the context that a carrier brings: under its correlation id, and with the span that it was
 * written in as the parent of the spans to come. What is missing or not valid is left out; without a
 * valid id there is a new one.
 *
 * @param carrier of {@link injectCorrelation}, or headers in lower case
 * @returns what `fn` returns
 */
export function extractCorrelation<T>(carrier: unknown, fn: () => T): T {
  const fields = textsOf(carrier);
  const id = fields[idField];
  const store: LlmContext = {
    correlationId: isCorrelationId(id) ? id : generateCorrelationId(),
    tenantId: carried(fields, 'tenantId'),
    userId: carried(fields, 'userId'),
    conversationId: carried(fields, 'conversationId'),
  };
  const active = extracted(fields).setValue(correlationIdKey, store.correlationId);
  return llmContext.run(store, () => context.with(active, fn));
}

function extracted(fields: Readonly<Record<string, string>>): Context {
  // A job belongs to the trace of the carrier, not to that of whatever polls for jobs.
  let active = trace.deleteSpan(context.active());
  try {
    active = propagation.extract(active, fields, defaultTextMapGetter);
    if (trace.getSpanContext(active) === undefined) {
      const parent = parseTraceContext(fields['traceparent'], fields['tracestate']);
      if (parent !== undefined) active = trace.setSpanContext(active, parent);
    }
    if (propagation.getBaggage(active) === undefined && fields['baggage'] !== undefined) {
      const baggage = parseBaggage(fields['baggage']);
      if (baggage !== undefined) active = propagation.setBaggage(active, baggage);
    }
  } catch {
    counters.internalErrors++;
  }
  return active;
}

/** The texts of a carrier, whatever it is. Propagators get nothing else to read. */
function textsOf(carrier: unknown): Record<string, string> {
  const texts = Object.create(null) as Record<string, string>;
  if (typeof carrier !== 'object' || carrier === null) return texts;
  try {
    const names = ['traceparent', 'tracestate', 'baggage', idField, ...Object.values(fieldNames)];
    for (const name of new Set([...names, ...propagation.fields().slice(0, 32)])) {
      const value = (carrier as CorrelationCarrier)[name];
      if (typeof value === 'string' && value.length <= maxTextLength) texts[name] = value;
    }
  } catch {
    // A getter of the carrier's that throws.
    counters.internalErrors++;
  }
  return texts;
}

function carried(fields: Readonly<Record<string, string>>, name: CarriedField): string | undefined {
  const value = fields[fieldNames[name]];
  const valid = value !== undefined && value.length <= maxFieldLength && !/\p{Cc}/u.test(value);
  return valid ? value : undefined;
}

function checkedFields(include: readonly CarriedField[] | undefined): readonly CarriedField[] {
  if (include === undefined) return [];
  const known = Object.keys(fieldNames);
  if (Array.isArray(include) && include.every((name) => known.includes(name as string))) {
    return include as readonly CarriedField[];
  }
  throw new TracingConfigError('include', `some of ${known.join(', ')}`, include);
}
