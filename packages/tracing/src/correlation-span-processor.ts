import type { Context, Span } from '@opentelemetry/api';
import { setContextAttributes } from './context-attributes.js';
import { correlationIdKey } from './context-scope.js';
import { llmContext } from './context.js';
import { counters } from './stats.js';

/**
 * Gives every span the correlation id, tenant, user and conversation of its request. `setupTracing` has
 * it; give it to a provider that somebody else sets up.
 *
 * @example
 * Sentry.init({ openTelemetrySpanProcessors: [new CorrelationSpanProcessor()] });
 */
export class CorrelationSpanProcessor {
  onStart(span: Pick<Span, 'setAttribute'>, parentContext: Context): void {
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

  onEnd(): void {
    // What it does is done at the start.
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
