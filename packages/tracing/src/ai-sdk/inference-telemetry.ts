import { traceTool } from '../inference/trace-tool.js';
import { inferenceSettings, type InferenceOptions } from '../inference/settings.js';
import { requestGone } from '../sent-text.js';
import { languageModelFormat } from './language-model.js';
import { observeModelCall } from './model-call.js';

interface LanguageModelCall<T> {
  readonly provider?: string | undefined;
  readonly modelId?: string | undefined;
  readonly messages?: unknown;
  readonly recordInputs?: boolean | undefined;
  readonly recordOutputs?: boolean | undefined;
  readonly execute: () => PromiseLike<T>;
}

interface ToolExecution<T> {
  readonly toolCallId: string;
  readonly toolCall?: { readonly toolName?: unknown; readonly input?: unknown } | undefined;
  readonly execute: () => PromiseLike<T>;
}

/** A telemetry integration of the Vercel AI SDK. */
export interface InferenceTelemetry {
  executeLanguageModelCall<T>(call: LanguageModelCall<T>): PromiseLike<T>;
  executeTool<T>(execution: ToolExecution<T>): PromiseLike<T>;
}

/**
 * Traces all calls of language models and tools by the Vercel AI SDK from version 7 on, whichever model
 * they ask, once it is given to its `registerTelemetry`. Calls are told as by `inferenceMiddleware`, and
 * tools have a span `execute_tool {name}`. Where `@ai-sdk/otel` is registered, its spans are completed
 * and no others are made; register this one first. A stream that is aborted counts as left early,
 * since integrations are not shown what aborts it.
 *
 * @example
 * registerTelemetry(inferenceTelemetry());
 * @throws TracingConfigError naming the option that is wrong
 */
export function inferenceTelemetry(options: InferenceOptions = {}): InferenceTelemetry {
  const settings = inferenceSettings(options);
  const withoutContent = { ...settings, content: undefined };
  return {
    executeLanguageModelCall({ execute, provider = '', modelId = '', ...request }) {
      const { messages, recordInputs, recordOutputs } = request;
      return observeModelCall(
        // A call that is not to be recorded is not recorded here either.
        recordInputs === false || recordOutputs === false ? withoutContent : settings,
        {
          provider,
          modelId,
          operation: 'chat',
          format: languageModelFormat,
          // Of a request that is not shown no error message can be compared with it.
          sent: Array.isArray(messages) && messages.length > 0 ? request : requestGone,
          signal: undefined,
          spanElsewhere: othersWith('executeLanguageModelCall', this),
        },
        execute,
      );
    },
    executeTool({ execute, toolCallId, toolCall }) {
      const { toolName, input } = toolCall ?? {};
      if (typeof toolName !== 'string' || toolName === '' || othersWith('executeTool', this)) {
        return execute();
      }
      const { captureContent, maskError, attributes, tracerName } = options;
      return traceTool(
        {
          name: toolName,
          callId: toolCallId,
          arguments: input,
          captureContent,
          maskError,
          attributes,
          tracerName,
        },
        execute,
      );
    },
  };
}

/** Whether somebody else makes spans of embeddings, which are not active while the model is asked. */
export function makesSpansOfEmbeddings(): boolean {
  return othersWith('onEmbedStart', undefined);
}

/** Whether one of the other integrations that are registered with the SDK does something, too. */
function othersWith(name: string, own: unknown): boolean {
  const { AI_SDK_TELEMETRY_INTEGRATIONS: all } = globalThis as {
    AI_SDK_TELEMETRY_INTEGRATIONS?: readonly Record<string, unknown>[];
  };
  return all?.some((each) => each !== own && typeof each[name] === 'function') === true;
}
