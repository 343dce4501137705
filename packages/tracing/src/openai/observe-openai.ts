import { TracingConfigError } from '../config-error.js';
import type { Call } from '../inference/inference.js';
import { own } from '../inference/observe-iterator.js';
import { observeMethod } from '../inference/observe-method.js';
import { serverOf, type Server } from '../inference/server.js';
import { inferenceSettings, type InferenceOptions } from '../inference/settings.js';
import { describeChat } from './chat.js';
import { describeEmbeddings } from './embeddings.js';
import { describeResponse } from './responses.js';
import { describeTextCompletion } from './text-completion.js';

export interface ObserveOpenAIOptions extends InferenceOptions {
  /**
   * `gen_ai.provider.name`. Default that of the host of the client's base URL, where it is known (Azure,
   * Groq, DeepSeek, Mistral, xAI and others), else `openai`.
   */
  readonly provider?: string | undefined;
}

/** What of a client is observed; any client with some of it will do. */
interface Client {
  readonly baseURL?: unknown;
  readonly chat?: { readonly completions?: unknown };
  readonly completions?: unknown;
  readonly responses?: unknown;
  readonly embeddings?: unknown;
  readonly beta?: { readonly responses?: unknown };
  readonly withOptions?: (...args: unknown[]) => object;
}

/** What the description of a call needs beside its request. */
export interface OpenAICall {
  readonly settings: ReturnType<typeof inferenceSettings>;
  readonly provider: string;
  readonly server: Server;
}

type Describe = (body: Record<string, unknown>, about: OpenAICall) => Call;

/**
 * Traces the calls of an OpenAI client: chat completions, responses, embeddings and text completions,
 * with all that the client builds on them, such as `parse`, `stream` and `runTools`.
 *
 * The client that is given is observed and returned: it keeps its class, its methods return the very
 * promises and streams that they returned, and nothing is sent or read that was not before. Clients that
 * come of its `withOptions` are observed too. Observing a client again changes nothing.
 *
 * @example
 * const client = observeOpenAI(new OpenAI());
 * @throws TracingConfigError for a bad option, or for something that is no OpenAI client
 */
export function observeOpenAI<T extends object>(client: T, options: ObserveOpenAIOptions = {}): T {
  const settings = inferenceSettings(options);
  const { provider } = options;
  if (provider !== undefined && (typeof provider !== 'string' || provider === '')) {
    throw new TracingConfigError('provider', 'a non-empty string', provider);
  }
  const target = client as Client | null | undefined;
  const server = serverOf(() => target?.baseURL);
  const describe =
    (as: Describe) =>
    (args: unknown[]): Call => {
      const asked = server();
      const body = (args[0] ?? {}) as Record<string, unknown>;
      return as(body, {
        settings,
        server: asked,
        provider: provider ?? asked.provider ?? 'openai',
      });
    };
  const observed = [
    observeMethod(target?.chat?.completions, 'create', settings, describe(describeChat)),
    observeMethod(target?.responses, 'create', settings, describe(describeResponse)),
    observeMethod(target?.beta?.responses, 'create', settings, describe(describeResponse)),
    observeMethod(target?.embeddings, 'create', settings, describe(describeEmbeddings)),
    observeMethod(target?.completions, 'create', settings, describe(describeTextCompletion)),
  ];
  if (!observed.includes(true)) throw new TracingConfigError('client', 'an OpenAI client', client);
  observeCopies(client, options);
  return client;
}

const withObservedCopies = new WeakSet<object>();

function observeCopies(client: Client, options: ObserveOpenAIOptions): void {
  const { withOptions } = client;
  if (typeof withOptions !== 'function' || withObservedCopies.has(client)) return;
  withObservedCopies.add(client);
  own(client, 'withOptions', function (this: unknown, ...args: unknown[]): object {
    return observeOpenAI(withOptions.apply(this, args), options);
  });
}
