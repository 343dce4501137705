import { counters } from '../stats.js';
import type { Answer, CallFormat } from './answer.js';
import type { Content } from './content.js';
import type { Inference } from './inference.js';
import { observeResult } from './observe-result.js';
import { requireText } from './require-text.js';
import { inferenceSettings, type InferenceOptions } from './settings.js';
import { startInference, takersOf } from './start-inference.js';
import type { InferenceUsage } from './usage.js';

/** What a model call told about its answer. */
export interface InferenceResponse {
  readonly responseModel?: string | undefined;
  readonly responseId?: string | undefined;
  /** Why the model stopped, as the provider names it; one for each choice. */
  readonly finishReasons?: readonly string[] | undefined;
  /** Tokens as the provider reports them. */
  readonly usage?: InferenceUsage | undefined;
  /** Text of the answer; recorded only if content is captured. Of streamed answers it is added up. */
  readonly outputText?: string | undefined;
}

/** A model call in progress. */
export interface InferenceHandle {
  /** Tells what is known of the answer; later values replace earlier ones. Never throws. */
  setResponse(response: InferenceResponse): void;
}

export interface TraceInferenceOptions<R = unknown> extends InferenceOptions {
  /** `gen_ai.provider.name`, such as `openai`, `anthropic`, or a name of your own. */
  readonly provider: string;
  /** `gen_ai.operation.name`. Default `chat`. */
  readonly operation?: string | undefined;
  /** Model that is asked. */
  readonly requestModel: string;
  /** Host that is asked. Default none. */
  readonly serverAddress?: string | undefined;
  /** Port of the host. Default none. */
  readonly serverPort?: number | undefined;
  /** What is sent. What an error message repeats of it is not recorded. Default none. */
  readonly input?: unknown;
  /** What aborts the call, so that a stream which is aborted unread ends. Default none. */
  readonly signal?: AbortSignal | undefined;
  /** The messages of `input`, in OpenTelemetry's form; recorded only if content is captured. */
  readonly inputContent?: (() => Content) | undefined;
  /** Reads what a whole answer tells. Default nothing: use the handle. */
  readonly readResponse?: ((response: Settled<R>) => InferenceResponse | undefined) | undefined;
  /** Reads what a chunk of a streamed answer tells. Default nothing. */
  readonly readChunk?: ((chunk: ChunkOf<Settled<R>>) => InferenceResponse | undefined) | undefined;
}

type Settled<R> = R extends PromiseLike<infer V> ? V : R;
type ChunkOf<S> = S extends AsyncIterable<infer C> ? C : never;

const idle: InferenceHandle = { setResponse() {} };

class Handle implements InferenceHandle {
  readonly #inference: Inference;

  constructor(inference: Inference) {
    this.#inference = inference;
  }

  setResponse(response: InferenceResponse): void {
    try {
      take(response, this.#inference.answer);
    } catch {
      counters.internalErrors++;
    }
  }
}

/**
 * Makes a model call under a span of its own, and publishes its two records on the channel
 * `llm:inference`.
 *
 * `call` may return a value, a promise, or, at once or in a promise, something that is read with
 * `for await`: the call then lasts until it has been read to its end, left, aborted or failed. The caller
 * gets the very object that `call` returned, and its errors. Without an SDK and without a subscriber to
 * the channel the call is only made.
 *
 * @example
 * const answer = await traceInference({ provider: 'mistral_ai', requestModel: 'small' }, async (inference) => {
 *   const answer = await ask(prompt);
 *   inference.setResponse({ usage: { inputTokens: answer.in, outputTokens: answer.out } });
 *   return answer;
 * });
 * @throws TracingConfigError naming the option that is wrong, and whatever `call` throws
 */
export function traceInference<R>(
  options: TraceInferenceOptions<R>,
  call: (inference: InferenceHandle) => R,
): R {
  const settings = inferenceSettings(options);
  requireText('provider', options.provider);
  requireText('requestModel', options.requestModel);
  if (options.operation !== undefined) requireText('operation', options.operation);
  const takers = takersOf(settings);
  if (takers === undefined) return call(idle);
  const inference = startInference(settings, takers, {
    provider: options.provider,
    operation: options.operation ?? 'chat',
    requestModel: options.requestModel,
    server:
      options.serverAddress === undefined
        ? undefined
        : { address: options.serverAddress, port: options.serverPort },
    format: formatOf(options as TraceInferenceOptions),
    sent: options.input,
    signal: options.signal,
  });
  if (inference === undefined) return call(idle);
  const handle = new Handle(inference);
  let result: R;
  try {
    result = inference.run(() => call(handle));
  } catch (error) {
    inference.fail(error);
    throw error;
  }
  observeResult(result, inference);
  return result;
}

const nothing: CallFormat = {};

function formatOf(options: TraceInferenceOptions): CallFormat {
  const { readResponse, readChunk, inputContent } = options;
  if (readResponse === undefined && readChunk === undefined && inputContent === undefined) {
    return nothing;
  }
  return {
    content: inputContent,
    response: readResponse && ((response, answer) => take(readResponse(response), answer)),
    chunk: readChunk && ((chunk, answer) => take(readChunk(chunk as never), answer)),
  };
}

function take(response: InferenceResponse | undefined, answer: Answer): void {
  if (response === undefined) return;
  answer.model = response.responseModel ?? answer.model;
  answer.id = response.responseId ?? answer.id;
  answer.usage = response.usage ?? answer.usage;
  if (response.finishReasons !== undefined) answer.finishReasons = [...response.finishReasons];
  answer.content?.text(response.outputText);
}
