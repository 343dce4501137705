import { context, trace, type Context } from '@opentelemetry/api';
import { errorType } from '../error-text.js';
import { EnclosingCall, encloseCallsFromNow } from '../inference/enclosing-call.js';
import { startInference, takersOf } from '../inference/start-inference.js';
import { providerName } from '../inference/provider-name.js';
import { serverOf } from '../inference/server.js';
import type { InferenceSettings } from '../inference/settings.js';
import { modelFormat, type ModelRequest } from './model-format.js';
import type { Run } from './open-runs.js';
import type { Metadata, Serialized } from './run-names.js';

/** What LangChain tells when it asks a model. */
export interface ModelStart {
  readonly operation: string;
  /** As it is named by an option. */
  readonly provider: string | undefined;
  readonly model: unknown;
  readonly messages: readonly unknown[];
  readonly extra: Metadata | undefined;
  readonly metadata: Metadata | undefined;
}

/** Begins a model's run; undefined when nobody takes anything of it. */
export function startModelRun(
  settings: InferenceSettings,
  parent: Context,
  start: ModelStart,
): Run | undefined {
  const takers = takersOf(settings);
  if (takers === undefined) return undefined;
  const parameters = (start.extra?.['invocation_params'] ?? {}) as Metadata;
  const sent: ModelRequest = { messages: start.messages, parameters };
  const inference = context.with(parent, () =>
    startInference(settings, takers, {
      provider: start.provider ?? providerOf(start),
      operation: start.operation,
      requestModel: requestModel(start, parameters),
      server: serverOfModel(start.model),
      format: modelFormat,
      sent,
      signal: undefined,
    }),
  );
  if (inference === undefined) return undefined;
  // Nothing runs within, as LangChain makes the call when it has told of it.
  inference.run(() => undefined);
  const call = new EnclosingCall();
  encloseCallsFromNow(call);
  // It is held by whatever goes on with the run alone: streams that are left are told by nobody.
  inference.endWith(call);
  const held = new WeakRef(call);
  const close = (): void => held.deref()?.close();
  let streamed = false;
  return {
    context: inference.span === undefined ? parent : trace.setSpan(parent, inference.span),
    chunk(chunk) {
      streamed = true;
      inference.chunk(chunk);
    },
    succeed(result) {
      close();
      inference.respond(result);
    },
    fail(error) {
      close();
      if (streamed && isAbort(error)) inference.abort();
      else inference.fail(error);
    },
    abandon() {
      close();
      inference.abandon();
    },
  };
}

function isAbort(error: unknown): boolean {
  const type = errorType(error);
  if (type === 'AbortError' || type === 'ModelAbortError') return true;
  // What LangChain throws out of a stream.
  return type === 'Error' && (error as Error).message === 'AbortError';
}

/** Of models that do not tell, by the package that their class is of. */
function providerOf({ model, metadata }: ModelStart): string {
  const told = text(metadata?.['ls_provider']) ?? text(((model ?? {}) as Serialized).id?.at(-2));
  return providerName(told ?? 'unknown');
}

function requestModel({ model, metadata }: ModelStart, parameters: Metadata): string {
  const { kwargs } = (model ?? {}) as Serialized;
  const found = [
    parameters['model'],
    parameters['model_name'],
    metadata?.['ls_model_name'],
    kwargs?.['model'],
    kwargs?.['model_name'],
  ];
  return found.map(text).find((each) => each !== undefined) ?? 'unknown';
}

/** The server of a client that is configured as OpenAI's. */
function serverOfModel(model: unknown): ReturnType<ReturnType<typeof serverOf>> | undefined {
  const configuration = ((model ?? {}) as Serialized).kwargs?.['configuration'] as
    { readonly baseURL?: unknown } | undefined;
  const url = configuration?.baseURL;
  return typeof url === 'string' ? serverOf(() => url)() : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 256) : undefined;
}
