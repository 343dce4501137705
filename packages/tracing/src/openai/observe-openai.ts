import { observeMethods, type ObserveOptions } from '../inference/client-call.js';
import { observeCopies } from '../inference/observe-copies.js';
import { chatFormat } from './chat.js';
import { embeddingsFormat } from './embeddings.js';
import { responseFormat } from './responses.js';
import { textCompletionFormat } from './text-completion.js';

const chat = { name: 'create', operation: 'chat' };

/** What of a client is observed; any client with some of it will do. */
interface Client {
  readonly baseURL?: unknown;
  readonly chat?: { readonly completions?: unknown };
  readonly completions?: unknown;
  readonly responses?: unknown;
  readonly embeddings?: unknown;
  readonly beta?: { readonly responses?: unknown };
}

/**
 * Traces the calls of an OpenAI client: chat completions, responses, embeddings and text completions,
 * with all that the client builds on them, such as `parse`, `stream` and `runTools`.
 *
 * The client that is given is observed and returned: it keeps its class, its methods return the very
 * promises and streams that they returned, and nothing is sent or read that was not before. Clients that
 * come of its `withOptions` are observed too. Observing a client again changes nothing.
 *
 * The provider's name is by default that of the host of the client's base URL, where it is known (Azure,
 * Groq, DeepSeek, Mistral, xAI and others), else `openai`.
 *
 * @example
 * const client = observeOpenAI(new OpenAI());
 * @throws TracingConfigError for a bad option, or for something that is no OpenAI client
 */
export function observeOpenAI<T extends object>(client: T, options: ObserveOptions = {}): T {
  const target = client as Client | null | undefined;
  observeMethods(
    client,
    { name: 'an OpenAI client', provider: () => 'openai', baseUrl: () => target?.baseURL },
    [
      { ...chat, target: target?.chat?.completions, format: chatFormat },
      { ...chat, target: target?.responses, format: responseFormat },
      { ...chat, target: target?.beta?.responses, format: responseFormat },
      {
        name: 'create',
        operation: 'embeddings',
        target: target?.embeddings,
        format: embeddingsFormat,
      },
      {
        name: 'create',
        operation: 'text_completion',
        target: target?.completions,
        format: textCompletionFormat,
      },
    ],
    options,
  );
  observeCopies(client, (copy) => observeOpenAI(copy, options));
  return client;
}
