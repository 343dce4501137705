import type { Attributes, Span } from '@opentelemetry/api';
import { llmContext, type LlmContext } from './context.js';

/**
 * Span attributes of the request in progress. User and conversation have a name in OpenTelemetry's
 * conventions; the correlation id and the tenant have none and keep the family's.
 *
 * @param attributes what they are added to; default a new object
 */
export function contextAttributes(
  store: LlmContext | undefined = llmContext.getStore(),
  attributes: Attributes = {},
): Attributes {
  if (store === undefined) return attributes;
  if (store.correlationId !== undefined) attributes['correlation_id'] = store.correlationId;
  if (store.tenantId !== undefined) attributes['tenant_id'] = store.tenantId;
  if (store.userId !== undefined) attributes['user.id'] = store.userId;
  if (store.conversationId !== undefined) {
    attributes['gen_ai.conversation.id'] = store.conversationId;
  }
  return attributes;
}

/** Writes {@link contextAttributes} to a span. */
export function setContextAttributes(span: Pick<Span, 'setAttribute'>, store?: LlmContext): void {
  const attributes = contextAttributes(store);
  for (const name in attributes) span.setAttribute(name, attributes[name] as string);
}
