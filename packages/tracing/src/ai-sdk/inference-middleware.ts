import { TracingConfigError } from '../config-error.js';
import { inferenceSettings, type InferenceOptions } from '../inference/settings.js';
import { embeddingModelFormat } from './embedding-model.js';
import { makesSpansOfEmbeddings } from './inference-telemetry.js';
import { languageModelFormat } from './language-model.js';
import { observeModelCall, type ModelCall } from './model-call.js';

export interface InferenceMiddlewareOptions extends InferenceOptions {
  /** `gen_ai.provider.name`. Default by the name of the model's provider. */
  readonly provider?: string | undefined;
}

interface Params {
  readonly abortSignal?: AbortSignal | undefined;
}

interface Model {
  readonly provider: string;
  readonly modelId: string;
}

/** A middleware for models of the Vercel AI SDK, of any version of their specification. */
export interface InferenceMiddleware {
  readonly specificationVersion: 'v3';
  wrapGenerate<R>(call: {
    doGenerate: () => PromiseLike<R>;
    params: Params;
    model: Model;
  }): Promise<R>;
  wrapStream<R>(call: { doStream: () => PromiseLike<R>; params: Params; model: Model }): Promise<R>;
  wrapEmbed<R>(call: { doEmbed: () => PromiseLike<R>; params: Params; model: Model }): Promise<R>;
}

/**
 * Traces the calls of models of the Vercel AI SDK (`ai` 5 to 7): for `wrapLanguageModel`, `wrapProvider`
 * and `wrapEmbeddingModel`. Each call that a model is asked for, retries and steps included, is a span
 * and two records. Where the SDK's own telemetry is on, its span of the call is completed and no other
 * is made. Results and streams are the very ones that the model gave.
 *
 * @example
 * const model = wrapLanguageModel({ model: openai('gpt-4o'), middleware: inferenceMiddleware() });
 * @throws TracingConfigError naming the option that is wrong
 */
export function inferenceMiddleware(options: InferenceMiddlewareOptions = {}): InferenceMiddleware {
  const settings = inferenceSettings(options);
  const provider = requireProvider(options.provider);
  const language = (model: Model, params: Params): ModelCall => ({
    provider: provider ?? model.provider,
    modelId: model.modelId,
    operation: 'chat',
    format: languageModelFormat,
    sent: params,
    signal: params.abortSignal,
    spanElsewhere: false,
  });
  return {
    specificationVersion: 'v3',
    wrapGenerate: ({ doGenerate, params, model }) =>
      observeModelCall(settings, language(model, params), doGenerate),
    wrapStream: ({ doStream, params, model }) =>
      observeModelCall(settings, language(model, params), doStream),
    wrapEmbed: ({ doEmbed, params, model }) =>
      observeModelCall(
        settings,
        {
          ...language(model, params),
          operation: 'embeddings',
          format: embeddingModelFormat,
          spanElsewhere: makesSpansOfEmbeddings(),
        },
        doEmbed,
      ),
  };
}

function requireProvider(provider: unknown): string | undefined {
  if (provider === undefined) return undefined;
  if (typeof provider === 'string' && provider !== '') return provider;
  throw new TracingConfigError('provider', 'a non-empty string', provider);
}
