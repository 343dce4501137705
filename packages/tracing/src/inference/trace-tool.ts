import { SpanKind, type Attributes } from '@opentelemetry/api';
import { requireText } from './require-text.js';
import { valueText } from './content.js';
import { genAi } from './conventions.js';
import { inferenceSettings, type InferenceOptions, type InferenceSettings } from './settings.js';
import { traceWork, type Work } from './work-span.js';

export interface TraceToolOptions extends InferenceOptions {
  /** Name by which the model calls the tool. */
  readonly name: string;
  /** Id that the model gave to this call. Default none. */
  readonly callId?: string | undefined;
  /** `function`, `extension` or `datastore`. Default `function`. */
  readonly type?: string | undefined;
  /** What the tool is for. Default none. */
  readonly description?: string | undefined;
  /** What the tool is given; recorded only if content is captured. Default none. */
  readonly arguments?: unknown;
}

/**
 * Runs a tool that a model has called, under a span `execute_tool {name}`. Arguments and result are
 * recorded only if content is captured.
 *
 * @returns what `tool` returns
 * @throws TracingConfigError naming the option that is wrong, and whatever `tool` throws
 */
export function traceTool<T>(options: TraceToolOptions, tool: () => T): T {
  requireText('name', options.name);
  const settings = inferenceSettings(options);
  return traceWork(settings, () => toolWork(options, settings), tool);
}

/** What the span of a tool tells. */
export function toolWork(options: TraceToolOptions, settings: InferenceSettings): Work {
  const attributes: Attributes = {
    [genAi.operationName]: 'execute_tool',
    [genAi.toolName]: options.name,
    [genAi.toolType]: options.type ?? 'function',
  };
  if (options.callId !== undefined) attributes[genAi.toolCallId] = options.callId;
  if (options.description !== undefined) attributes[genAi.toolDescription] = options.description;
  const { content } = settings;
  if (content !== undefined && options.arguments !== undefined) {
    attributes[genAi.toolCallArguments] = valueText(options.arguments, content);
  }
  return {
    name: `execute_tool ${options.name}`,
    kind: SpanKind.INTERNAL,
    attributes,
    given: options.arguments,
    resultAttributes:
      content && ((result) => ({ [genAi.toolCallResult]: valueText(result, content) })),
  };
}
