import { observeMethods, type ObserveOptions } from '../inference/client-call.js';
import { contentFormat, contentStreamFormat, embeddingFormat } from './models.js';

const generate = { operation: 'generate_content' };

/** What of a client is observed. */
interface Client {
  readonly vertexai?: unknown;
  readonly models?: Record<string, unknown> & {
    readonly apiClient?: { readonly getBaseUrl?: () => unknown };
  };
}

/**
 * Traces the calls of a client of `@google/genai`, of Gemini's API or of Vertex AI: `generateContent`,
 * `generateContentStream`, `embedContent`, chats, and each of the calls that automatic function calling
 * makes.
 *
 * The client that is given is observed and returned, and so are the very promises and streams of its
 * methods. Observing a client again changes nothing.
 *
 * @example
 * const client = observeGoogleGenAI(new GoogleGenAI({ apiKey }));
 * @throws TracingConfigError for a bad option, or for something that is no such client
 */
export function observeGoogleGenAI<T extends object>(client: T, options: ObserveOptions = {}): T {
  const target = client as Client | null | undefined;
  const models = target?.models;
  // One call of a public method may call the model several times, each of them by one of the inner.
  const inner = (name: string): string =>
    typeof models?.[`${name}Internal`] === 'function' ? `${name}Internal` : name;
  observeMethods(
    client,
    {
      name: 'a client of @google/genai',
      provider: () => (target?.vertexai === true ? 'gcp.vertex_ai' : 'gcp.gemini'),
      baseUrl: () => models?.apiClient?.getBaseUrl?.(),
    },
    [
      { ...generate, target: models, name: inner('generateContent'), format: contentFormat },
      {
        ...generate,
        target: models,
        name: inner('generateContentStream'),
        format: contentStreamFormat,
      },
      {
        target: models,
        name: inner('embedContent'),
        operation: 'embeddings',
        format: embeddingFormat,
      },
    ],
    options,
  );
  return client;
}
