import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens, type InferenceUsage } from '../inference/usage.js';

/** What a model is asked. */
export interface ModelRequest {
  /** Messages of a chat, or prompts. */
  readonly messages: readonly unknown[];
  /** As the model's provider has them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Message {
  readonly content?: unknown;
  readonly text?: unknown;
  readonly id?: unknown;
  readonly tool_calls?: readonly ToolCall[] | undefined;
  readonly tool_call_id?: unknown;
  readonly usage_metadata?: UsageMetadata | undefined;
  readonly response_metadata?: Readonly<Record<string, unknown>> | undefined;
  getType?(): string;
  _getType?(): string;
}

interface ToolCall {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly args?: unknown;
}

interface UsageMetadata {
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly input_token_details?: {
    readonly cache_read?: unknown;
    readonly cache_creation?: unknown;
  };
  readonly output_token_details?: { readonly reasoning?: unknown };
}

interface Generation {
  readonly text?: unknown;
  readonly message?: Message | undefined;
  readonly generationInfo?: Readonly<Record<string, unknown>> | undefined;
}

interface Result {
  readonly generations?: readonly (readonly (Generation | undefined)[])[];
  readonly llmOutput?: { readonly tokenUsage?: Readonly<Record<string, unknown>> } | undefined;
}

/** Runs of chat models, and of models that continue a text. */
export const modelFormat: CallFormat = {
  describe,
  content,
  response: read,
  finishes: true,
  isOutput(given) {
    const { text, message } = (given ?? {}) as Generation;
    const calls = (message as { tool_call_chunks?: readonly unknown[] } | undefined)
      ?.tool_call_chunks;
    return (typeof text === 'string' && text !== '') || (calls?.length ?? 0) > 0;
  },
};

function describe(span: Span, request: unknown): void {
  const { parameters: given } = request as ModelRequest;
  setParameter(span, genAi.requestMaxTokens, given['max_tokens']);
  setParameter(span, genAi.requestMaxTokens, given['max_completion_tokens']);
  setParameter(span, genAi.requestMaxTokens, given['max_output_tokens']);
  setParameter(span, genAi.requestTemperature, given['temperature']);
  setParameter(span, genAi.requestTopP, given['top_p']);
  setParameter(span, genAi.requestTopK, given['top_k']);
  setParameter(span, genAi.requestFrequencyPenalty, given['frequency_penalty']);
  setParameter(span, genAi.requestPresencePenalty, given['presence_penalty']);
  setParameter(span, genAi.requestStopSequences, given['stop']);
  setParameter(span, genAi.requestSeed, given['seed']);
}

function read(given: unknown, answer: Answer): void {
  const { generations = [], llmOutput } = given as Result;
  generations.flat().forEach((generation, choice) => {
    if (generation === undefined) return;
    const { text, message, generationInfo } = generation;
    const metadata = { ...generationInfo, ...message?.response_metadata };
    const model = metadata['model_name'] ?? metadata['model'] ?? metadata['modelName'];
    if (typeof model === 'string' && model !== '') answer.model ??= model;
    const id = metadata['id'] ?? message?.id;
    // LangChain names messages after its runs where the provider names none.
    if (typeof id === 'string' && !/^(?:lc_)?run-/.test(id)) answer.id ??= id;
    answer.finish(
      metadata['finish_reason'] ??
        metadata['stop_reason'] ??
        metadata['finishReason'] ??
        metadata['status'],
      choice,
    );
    answer.usage ??= usageOf(message?.usage_metadata);
    if (answer.content === undefined) return;
    for (const part of message === undefined ? [] : partsOf(message.content)) {
      answer.content.text(part.content, choice, part.type);
    }
    if (message === undefined) answer.content.text(text, choice);
    for (const call of message?.tool_calls ?? []) {
      answer.content.toolCall(call.id, call.id, call.name, call.args, choice);
    }
  });
  answer.usage ??= olderUsage(llmOutput?.tokenUsage);
}

/** Of LangChain the details are part of the sums, whichever way the provider reports them. */
function usageOf(given: UsageMetadata | undefined): InferenceUsage | undefined {
  const inputTokens = tokens(given?.input_tokens);
  const outputTokens = tokens(given?.output_tokens);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens,
    cacheReadInputTokens: tokens(given?.input_token_details?.cache_read),
    cacheCreationInputTokens: tokens(given?.input_token_details?.cache_creation),
    reasoningTokens: tokens(given?.output_token_details?.reasoning),
    inputIncludesCached: true,
    outputIncludesReasoning: true,
  };
}

function olderUsage(
  given: Readonly<Record<string, unknown>> | undefined,
): InferenceUsage | undefined {
  const inputTokens = tokens(given?.['promptTokens']);
  const outputTokens = tokens(given?.['completionTokens']);
  return inputTokens === undefined && outputTokens === undefined
    ? undefined
    : { inputTokens, outputTokens };
}

const roles: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant' };

function content(request: unknown): Content {
  return { messages: (request as ModelRequest).messages.map(messageOf) };
}

function messageOf(given: unknown): ContentMessage {
  if (typeof given === 'string') return { role: 'user', parts: partsOf(given) };
  const message = given as Message;
  const type = message.getType?.() ?? message._getType?.() ?? 'unknown';
  if (type === 'tool') {
    const { tool_call_id: id, content: response } = message;
    return { role: 'tool', parts: [{ type: 'tool_call_response', id, response }] };
  }
  const calls = (message.tool_calls ?? []).map(({ id, name, args }): ContentPart => ({
    type: 'tool_call',
    id,
    name,
    arguments: args,
  }));
  return { role: roles[type] ?? type, parts: [...partsOf(message.content), ...calls] };
}

/** Of pictures and files the kind only. */
function partsOf(content: unknown): ContentPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', content }];
  if (!Array.isArray(content)) return [];
  return (content as { readonly type?: unknown; readonly text?: unknown }[]).map(
    ({ type, text }): ContentPart => {
      const kind = typeof type === 'string' ? type : 'unknown';
      return typeof text === 'string' ? { type: kind, content: text } : { type: kind };
    },
  );
}
