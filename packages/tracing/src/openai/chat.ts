import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import type { Body } from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens, type InferenceUsage } from '../inference/usage.js';

/** Parameters that have a name in the conventions. */
interface Parameters {
  readonly max_tokens?: unknown;
  readonly max_completion_tokens?: unknown;
  readonly temperature?: unknown;
  readonly top_p?: unknown;
  readonly frequency_penalty?: unknown;
  readonly presence_penalty?: unknown;
  readonly stop?: unknown;
  readonly seed?: unknown;
  readonly stream?: unknown;
}

function describeParameters(span: Span, body: Parameters): void {
  setParameter(span, genAi.requestMaxTokens, body.max_tokens);
  setParameter(span, genAi.requestMaxTokens, body.max_completion_tokens);
  setParameter(span, genAi.requestTemperature, body.temperature);
  setParameter(span, genAi.requestTopP, body.top_p);
  setParameter(span, genAi.requestFrequencyPenalty, body.frequency_penalty);
  setParameter(span, genAi.requestPresencePenalty, body.presence_penalty);
  setParameter(span, genAi.requestStopSequences, body.stop);
  setParameter(span, genAi.requestSeed, body.seed);
  setParameter(span, genAi.requestStream, body.stream);
}

function describe(span: Span, request: unknown): void {
  const body = request as Body;
  describeParameters(span, body);
  if (typeof body['stop'] === 'string')
    span.setAttribute(genAi.requestStopSequences, [body['stop']]);
  const { n, response_format: format } = body;
  if (typeof n === 'number' && n !== 1) span.setAttribute(genAi.requestChoiceCount, n);
  const type = (format as { type?: unknown } | null | undefined)?.type;
  if (type === 'text') span.setAttribute(genAi.outputType, 'text');
  else if (typeof type === 'string' && type.startsWith('json'))
    span.setAttribute(genAi.outputType, 'json');
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

/** Calls of `chat.completions.create`. */
export const chatFormat: CallFormat = {
  describe,
  content,
  response: read,
  chunk: read,
  finishes: true,
};

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

function content(request: unknown): Content {
  const body = request as Body;
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
