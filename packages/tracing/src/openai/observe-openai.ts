import { observeMethods, type ObserveOptions } from '../inference/client-call.js';
import { observeCopies } from '../inference/observe-copies.js';
import { describeChat } from './chat.js';
import { describeEmbeddings } from './embeddings.js';
import { describeResponse } from './responses.js';
import { describeTextCompletion } from './text-completion.js';

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
      { target: target?.chat?.completions, name: 'create', describe: describeChat },
      { target: target?.responses, name: 'create', describe: describeResponse },
      { target: target?.beta?.responses, name: 'create', describe: describeResponse },
      { target: target?.embeddings, name: 'create', describe: describeEmbeddings },
      { target: target?.completions, name: 'create', describe: describeTextCompletion },
    ],
    options,
  );
  observeCopies(client, (copy) => observeOpenAI(copy, options));
  return client;
}
