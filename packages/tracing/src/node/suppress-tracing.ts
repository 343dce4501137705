import { createContextKey, type Context } from '@opentelemetry/api';

// The key of `@opentelemetry/core`, by name.
const suppressTracingKey = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** A context in which the SDK records no spans. */
export function suppressTracing(context: Context): Context {
  return context.setValue(suppressTracingKey, true);
}

/** Whether a context is one of {@link suppressTracing}'s, or of the SDK's exports. */
export function isTracingSuppressed(context: Context): boolean {
  return context.getValue(suppressTracingKey) === true;
}
