import { AsyncLocalStorage } from 'node:async_hooks';

/** What every package of the family knows about the request in progress. */
export interface LlmContext {
  readonly correlationId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly userId?: string | undefined;
  readonly conversationId?: string | undefined;
}

const key = Symbol.for('llm.context.v1');
const shared = globalThis as { [key]?: AsyncLocalStorage<LlmContext> | undefined };

/** The one context of this process, shared by all packages and all their copies. */
export const llmContext = (shared[key] ??= new AsyncLocalStorage<LlmContext>());
