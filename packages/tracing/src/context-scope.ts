import { context, createContextKey } from '@opentelemetry/api';
import { llmContext, type LlmContext } from './context.js';

/** Where the OpenTelemetry `Context` carries the correlation id, for propagators and samplers. */
export const correlationIdKey: symbol = createContextKey('llm.correlation_id');

/** What is known of the request in progress; undefined outside a request. */
export function getLlmContext(): LlmContext | undefined {
  return llmContext.getStore();
}

/**
 * Runs `fn`, and all that it starts, with the tenant, user and conversation added to the context.
 * Fields that are absent or undefined keep the value that they have.
 *
 * @returns what `fn` returns
 */
export function withLlmContext<T>(fields: Omit<LlmContext, 'correlationId'>, fn: () => T): T {
  const current = llmContext.getStore();
  return runInContext(
    {
      ...current,
      tenantId: fields.tenantId ?? current?.tenantId,
      userId: fields.userId ?? current?.userId,
      conversationId: fields.conversationId ?? current?.conversationId,
    },
    fn,
  );
}

/** Enters a context, mirrored into OpenTelemetry's, which has no effect while no SDK is set up. */
export function runInContext<T>(store: LlmContext, fn: () => T): T {
  const id = store.correlationId;
  const active = context.active();
  if (id === undefined || active.getValue(correlationIdKey) === id) {
    return llmContext.run(store, fn);
  }
  const mirrored = active.setValue(correlationIdKey, id);
  return llmContext.run(store, () => context.with(mirrored, fn));
}
