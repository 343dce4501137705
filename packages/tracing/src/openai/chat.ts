import type { Attributes } from '@opentelemetry/api';
import type { Answer, AnswerReader } from '../inference/answer.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import {
  addStream,
  modelOf,
  requestAttributes,
  type Body,
  type ClientCall,
} from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import type { Call } from '../inference/inference.js';
import { tokens, type InferenceUsage } from '../inference/usage.js';

const parameters = [
  ['max_tokens', genAi.requestMaxTokens],
  ['max_completion_tokens', genAi.requestMaxTokens],
  ['temperature', genAi.requestTemperature],
  ['top_p', genAi.requestTopP],
  ['frequency_penalty', genAi.requestFrequencyPenalty],
  ['presence_penalty', genAi.requestPresencePenalty],
  ['stop', genAi.requestStopSequences],
  ['seed', genAi.requestSeed],
] as const;

/** A call of `chat.completions.create`. */
export function describeChat(body: Body, about: ClientCall): Call {
  const attributes = requestAttributes(body, parameters, about);
  addStream(attributes, body);
  if (typeof body['stop'] === 'string') attributes[genAi.requestStopSequences] = [body['stop']];
  addChoicesAndFormat(attributes, body);
  return {
    provider: about.provider,
    operation: 'chat',
    requestModel: modelOf(body),
    attributes,
    reader: chatReader,
    sent: body,
    content: () => chatContent(body),
  };
}

function addChoicesAndFormat(attributes: Attributes, body: Body): void {
  const { n, response_format: format } = body;
  if (typeof n === 'number' && n !== 1) attributes[genAi.requestChoiceCount] = n;
  const type = (format as { type?: unknown } | null | undefined)?.type;
  if (type === 'text') attributes[genAi.outputType] = 'text';
  else if (typeof type === 'string' && type.startsWith('json'))
    attributes[genAi.outputType] = 'json';
}

interface ChatMessage {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly tool_calls?: readonly ToolCall[] | null;
}

interface ToolCall {
  readonly index?: number;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown };
}

/** An answer, or a chunk of one: they differ in `message` and `delta`. */
interface ChatAnswer {
  readonly model?: unknown;
  readonly id?: unknown;
  readonly choices?: readonly {
    readonly index?: number;
    readonly finish_reason?: unknown;
    readonly message?: ChatMessage;
    readonly delta?: ChatMessage;
  }[];
  readonly usage?: ChatUsage | null;
}

export interface ChatUsage {
  readonly prompt_tokens?: unknown;
  readonly completion_tokens?: unknown;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: unknown;
    readonly cache_write_tokens?: unknown;
  } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: unknown } | null;
}

const chatReader: AnswerReader = { response: read, chunk: read, finishes: true };

function read(given: unknown, answer: Answer): void {
  const { model, id, choices, usage } = given as ChatAnswer;
  if (answer.model === undefined && typeof model === 'string' && model !== '') answer.model = model;
  if (answer.id === undefined && typeof id === 'string' && id !== '') answer.id = id;
  if (choices !== undefined) {
    for (const choice of choices) {
      const { index = 0, finish_reason: reason } = choice;
      if (reason !== null && reason !== undefined) answer.finish(reason, index);
      if (answer.content !== undefined) collect(choice.message ?? choice.delta, index, answer);
    }
  }
  if (usage !== null && usage !== undefined) answer.usage = chatUsage(usage);
}

function collect(message: ChatMessage | undefined, choice: number, answer: Answer): void {
  if (message === undefined) return;
  answer.content?.text(message.content, choice);
  answer.content?.text(message.refusal, choice, 'refusal');
  message.tool_calls?.forEach((call, at) => {
    const { name, arguments: args } = call.function ?? {};
    answer.content?.toolCall(call.index ?? at, call.id, name, args, choice);
  });
}

/** Cached and reasoning tokens are part of the others, whoever speaks this protocol. */
export function chatUsage(usage: ChatUsage): InferenceUsage {
  const { prompt_tokens_details: input, completion_tokens_details: output } = usage;
  return {
    inputTokens: tokens(usage.prompt_tokens),
    outputTokens: tokens(usage.completion_tokens),
    cacheReadInputTokens: tokens(input?.cached_tokens),
    cacheCreationInputTokens: tokens(input?.cache_write_tokens),
    reasoningTokens: tokens(output?.reasoning_tokens),
    inputIncludesCached: true,
    outputIncludesReasoning: true,
  };
}

function chatContent(body: Body): Content {
  const messages = Array.isArray(body['messages']) ? (body['messages'] as unknown[]) : [];
  return {
    messages: messages.map((each): ContentMessage => {
      const message = each as ChatMessage & { role?: unknown; tool_call_id?: unknown };
      const parts = partsOf(message.content);
      for (const call of message.tool_calls ?? []) {
        const { name, arguments: args } = call.function ?? {};
        parts.push({ type: 'tool_call', id: call.id, name, arguments: args });
      }
      if (message.role === 'tool') {
        return {
          role: 'tool',
          parts: [
            { type: 'tool_call_response', id: message.tool_call_id, response: message.content },
          ],
        };
      }
      return { role: String(message.role), parts };
    }),
  };
}

/** The parts of a message's content; of pictures and sounds the kind only. */
export function partsOf(content: unknown): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  if (!Array.isArray(content)) return [];
  return content.map((each): ContentPart => {
    const part = each as { type?: unknown; text?: unknown; refusal?: unknown } | string;
    if (typeof part === 'string') return { type: 'text', content: part };
    const text = part.text ?? part.refusal;
    return typeof text === 'string'
      ? { type: 'text', content: text }
      : { type: typeof part.type === 'string' ? part.type : 'unknown' };
  });
}
