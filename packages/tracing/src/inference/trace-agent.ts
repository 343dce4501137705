import { SpanKind, type Attributes } from '@opentelemetry/api';
import { genAi } from './conventions.js';
import { requireText } from './require-text.js';
import { inferenceSettings, type InferenceOptions } from './settings.js';
import { traceWork } from './work-span.js';

/** What the span of an agent says. */
export interface TraceAgentOptions extends Omit<InferenceOptions, 'captureContent'> {
  readonly name: string;
  /** Default none. */
  readonly id?: string | undefined;
  /** What the agent is for. Default none. */
  readonly description?: string | undefined;
  /** Default none. */
  readonly version?: string | undefined;
  /** `gen_ai.provider.name` of the model that it asks. Default none. */
  readonly provider?: string | undefined;
  /** Model that it asks. Default none. */
  readonly requestModel?: string | undefined;
  /** What the agent is given, to be kept out of error messages. Default none. */
  readonly input?: unknown;
}

/**
 * Runs an agent under a span `invoke_agent {name}`, under which its model calls and tools hang. Streams
 * that it returns are part of it until they have been read, left or failed.
 *
 * @returns what `agent` returns
 * @throws TracingConfigError naming the option that is wrong, and whatever `agent` throws
 */
export function traceAgent<T>(options: TraceAgentOptions, agent: () => T): T {
  requireText('name', options.name);
  return traceWork(
    inferenceSettings(options),
    () => {
      const attributes: Attributes = {
        [genAi.operationName]: 'invoke_agent',
        [genAi.agentName]: options.name,
      };
      const optional = {
        [genAi.agentId]: options.id,
        [genAi.agentDescription]: options.description,
        [genAi.agentVersion]: options.version,
        [genAi.providerName]: options.provider,
        [genAi.requestModel]: options.requestModel,
      };
      for (const [name, value] of Object.entries(optional)) {
        if (value !== undefined) attributes[name] = value;
      }
      return {
        name: `invoke_agent ${options.name}`,
        kind: SpanKind.INTERNAL,
        attributes,
        given: options.input,
      };
    },
    agent,
  );
}
