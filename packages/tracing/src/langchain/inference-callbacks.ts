import { context } from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import { prepareToEncloseCalls } from '../inference/enclosing-call.js';
import { inferenceSettings, type InferenceOptions } from '../inference/settings.js';
import { toolWork } from '../inference/trace-tool.js';
import { WorkSpan, type Work } from '../inference/work-span.js';
import { counters } from '../stats.js';
import { startModelRun } from './model-run.js';
import { OpenRuns, passingRun } from './open-runs.js';
import { chainWork, nameOf, retrieverWork, type Metadata } from './run-names.js';

export interface InferenceCallbacksOptions extends InferenceOptions {
  /** `gen_ai.provider.name`. Default as LangChain names the model's provider. */
  readonly provider?: string | undefined;
  /** Make spans of the steps within chains and graphs, too. Default false. */
  readonly steps?: boolean | undefined;
}

type Id = string;
type Maybe<T> = T | undefined;

/** A callback handler of LangChain's. */
export interface InferenceCallbacks {
  readonly name: string;
  /** Callbacks run where the call is made, so that they find its context. */
  readonly awaitHandlers: true;
  handleChatModelStart(
    model: unknown,
    messages: readonly (readonly unknown[])[],
    runId: Id,
    parentRunId?: Id,
    extra?: Metadata,
    tags?: readonly string[],
    metadata?: Metadata,
  ): void;
  handleLLMStart(
    model: unknown,
    prompts: readonly string[],
    runId: Id,
    parentRunId?: Id,
    extra?: Metadata,
    tags?: readonly string[],
    metadata?: Metadata,
  ): void;
  handleLLMNewToken(
    token: string,
    index: unknown,
    runId: Id,
    parentRunId?: Id,
    tags?: readonly string[],
    fields?: { readonly chunk?: unknown },
  ): void;
  handleLLMEnd(result: unknown, runId: Id): void;
  handleLLMError(error: unknown, runId: Id): void;
  handleChainStart(
    chain: unknown,
    inputs: unknown,
    runId: Id,
    parentRunId?: Id,
    tags?: readonly string[],
    metadata?: Metadata,
    runType?: string,
    runName?: string,
  ): void;
  handleChainEnd(outputs: unknown, runId: Id): void;
  handleChainError(error: unknown, runId: Id): void;
  handleToolStart(
    tool: unknown,
    input: string,
    runId: Id,
    parentRunId?: Id,
    tags?: readonly string[],
    metadata?: Metadata,
    runName?: string,
    toolCallId?: string,
  ): void;
  handleToolEnd(output: unknown, runId: Id): void;
  handleToolError(error: unknown, runId: Id): void;
  handleRetrieverStart(
    retriever: unknown,
    query: string,
    runId: Id,
    parentRunId?: Id,
    tags?: readonly string[],
    metadata?: Metadata,
    runName?: string,
  ): void;
  handleRetrieverEnd(documents: unknown, runId: Id): void;
  handleRetrieverError(error: unknown, runId: Id): void;
}

// Of all handlers: one that is given twice, or two of them, tell of a run once.
const runs = new OpenRuns();

/**
 * Callbacks with which LangChain and LangGraph tell what they do: each run of a model is a span and two
 * records; tools, retrievers, agents, graphs and the outermost chain are spans. A span hangs under that
 * of its parent run, and the outermost under the active one. Calls of a wrapped client that a model makes
 * are not told again.
 *
 * @example
 * await chain.invoke(question, { callbacks: [inferenceCallbacks()] });
 * @throws TracingConfigError naming the option that is wrong
 */
export function inferenceCallbacks(options: InferenceCallbacksOptions = {}): InferenceCallbacks {
  const settings = inferenceSettings(options);
  const { provider, steps = false } = options;
  if (provider !== undefined && (typeof provider !== 'string' || provider === '')) {
    throw new TracingConfigError('provider', 'a non-empty string', provider);
  }
  if (typeof (steps as unknown) !== 'boolean') {
    throw new TracingConfigError('steps', 'a boolean', steps);
  }
  prepareToEncloseCalls();

  const startWork = (runId: Id, parentRunId: Maybe<Id>, describe: () => Maybe<Work>): void =>
    guard(() => {
      if (runs.has(runId)) return;
      const parent = runs.contextFor(parentRunId);
      const work = describe();
      const span = work && context.with(parent, () => WorkSpan.start(settings, () => work));
      runs.add(
        runId,
        span === undefined
          ? passingRun(parent)
          : {
              context: span.context,
              succeed: (result) => span.respond(result),
              fail: (error) => span.fail(error),
              abandon: () => span.abandon(),
            },
      );
    });
  const startModel = (
    operation: string,
    model: unknown,
    messages: readonly unknown[],
    runId: Id,
    parentRunId: Maybe<Id>,
    extra: Maybe<Metadata>,
    metadata: Maybe<Metadata>,
  ): void =>
    guard(() => {
      if (runs.has(runId)) return;
      const parent = runs.contextFor(parentRunId);
      const run = startModelRun(settings, parent, {
        operation,
        provider,
        model,
        messages,
        extra,
        metadata,
      });
      if (run !== undefined) runs.add(runId, run);
    });
  const end = (result: unknown, runId: Id): void => guard(() => runs.take(runId)?.succeed(result));
  const fail = (error: unknown, runId: Id): void => guard(() => runs.take(runId)?.fail(error));

  return {
    name: 'llm-tracing',
    awaitHandlers: true,
    handleChatModelStart(model, messages, runId, parentRunId, extra, _tags, metadata) {
      startModel('chat', model, messages[0] ?? [], runId, parentRunId, extra, metadata);
    },
    handleLLMStart(model, prompts, runId, parentRunId, extra, _tags, metadata) {
      startModel('text_completion', model, prompts, runId, parentRunId, extra, metadata);
    },
    handleLLMNewToken(token, _index, runId, _parentRunId, _tags, fields) {
      guard(() => runs.get(runId)?.chunk?.(fields?.chunk ?? { text: token }));
    },
    handleLLMEnd: end,
    handleLLMError: fail,
    handleChainStart(chain, _inputs, runId, parentRunId, tags, metadata, _runType, runName) {
      startWork(runId, parentRunId, () =>
        chainWork(chain, nameOf(chain, runName), {
          outermost: parentRunId === undefined,
          steps,
          tags,
          metadata,
        }),
      );
    },
    handleChainEnd: end,
    handleChainError: fail,
    handleToolStart(tool, input, runId, parentRunId, _tags, _metadata, runName, callId) {
      startWork(runId, parentRunId, () =>
        toolWork({ name: nameOf(tool, runName), callId, arguments: input }, settings),
      );
    },
    handleToolEnd(output, runId) {
      end((output as { content?: unknown } | null | undefined)?.content ?? output, runId);
    },
    handleToolError: fail,
    handleRetrieverStart(retriever, query, runId, parentRunId, _tags, _metadata, runName) {
      startWork(runId, parentRunId, () => retrieverWork(nameOf(retriever, runName), query));
    },
    handleRetrieverEnd: end,
    handleRetrieverError: fail,
  };
}

function guard(fn: () => void): void {
  try {
    fn();
  } catch {
    counters.internalErrors++;
  }
}
