import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Body } from '../inference/client-call.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens } from '../inference/usage.js';

/** Parameters that have a name in the conventions. */
interface Parameters {
  readonly max_tokens?: unknown;
  readonly temperature?: unknown;
  readonly top_p?: unknown;
  readonly top_k?: unknown;
  readonly stop_sequences?: unknown;
  readonly stream?: unknown;
}

function describeParameters(span: Span, body: Parameters): void {
  setParameter(span, genAi.requestMaxTokens, body.max_tokens);
  setParameter(span, genAi.requestTemperature, body.temperature);
  setParameter(span, genAi.requestTopP, body.top_p);
  setParameter(span, genAi.requestTopK, body.top_k);
  setParameter(span, genAi.requestStopSequences, body.stop_sequences);
  setParameter(span, genAi.requestStream, body.stream);
}

interface Usage {
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly cache_read_input_tokens?: unknown;
  readonly cache_creation_input_tokens?: unknown;
  readonly output_tokens_details?: { readonly thinking_tokens?: unknown } | null;
}

interface Block {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly thinking?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly input?: unknown;
  readonly tool_use_id?: unknown;
  readonly content?: unknown;
}

interface Message {
  readonly model?: unknown;
  readonly id?: unknown;
  readonly stop_reason?: unknown;
  readonly usage?: Usage | null;
  readonly content?: readonly Block[];
}

interface StreamEvent {
  readonly type?: unknown;
  readonly message?: Message;
  readonly usage?: Usage | null;
  readonly index?: number;
  readonly content_block?: Block;
  readonly delta?: {
    readonly type?: unknown;
    readonly stop_reason?: unknown;
    readonly text?: unknown;
    readonly thinking?: unknown;
    readonly partial_json?: unknown;
  };
}

/** Calls of `messages.create`. */
export const messageFormat: CallFormat = {
  describe: (span, request) => describeParameters(span, request as Body),
  content,
  finishes: true,
  response: (given, answer) => {
    const message = given as Message;
    readMessage(message, answer);
    answer.finish(message.stop_reason);
    message.content?.forEach((block, index) => collectBlock(block, index, answer));
  },
  chunk: (given, answer) => {
    const event = given as StreamEvent;
    switch (event.type) {
      case 'message_start':
        if (event.message !== undefined) readMessage(event.message, answer);
        break;
      case 'message_delta':
        answer.finish(event.delta?.stop_reason);
        readUsage(event.usage, answer);
        break;
      case 'content_block_start':
        if (event.content_block !== undefined) {
          collectBlock(event.content_block, event.index ?? 0, answer);
        }
        break;
      case 'content_block_delta':
        if (answer.content !== undefined) collectDelta(event, answer);
    }
  },
};

function readMessage(message: Message, answer: Answer): void {
  if (typeof message.model === 'string') answer.model = message.model;
  if (typeof message.id === 'string') answer.id = message.id;
  readUsage(message.usage, answer);
}

/** Of a stream, the usage at its end replaces what it names of that at its beginning. */
function readUsage(usage: Usage | null | undefined, answer: Answer): void {
  if (usage === null || usage === undefined) return;
  const before = answer.usage;
  answer.usage = {
    inputTokens: tokens(usage.input_tokens) ?? before?.inputTokens,
    outputTokens: tokens(usage.output_tokens) ?? before?.outputTokens,
    cacheReadInputTokens: tokens(usage.cache_read_input_tokens) ?? before?.cacheReadInputTokens,
    cacheCreationInputTokens:
      tokens(usage.cache_creation_input_tokens) ?? before?.cacheCreationInputTokens,
    reasoningTokens:
      tokens(usage.output_tokens_details?.thinking_tokens) ?? before?.reasoningTokens,
    inputIncludesCached: false,
    outputIncludesReasoning: true,
  };
}

function collectBlock(block: Block, index: number, answer: Answer): void {
  if (answer.content === undefined) return;
  if (block.type === 'text') answer.content.text(block.text);
  else if (block.type === 'thinking') answer.content.text(block.thinking, 0, 'reasoning');
  else if (block.type === 'tool_use' || block.type === 'server_tool_use') {
    // In a stream the input comes later, in pieces; what stands here is then an empty object.
    const empty = typeof block.input === 'object' && Object.keys(block.input ?? {}).length === 0;
    answer.content.toolCall(index, block.id, block.name, empty ? undefined : block.input);
  }
}

function collectDelta({ delta, index }: StreamEvent, answer: Answer): void {
  if (delta?.type === 'text_delta') answer.content?.text(delta.text);
  else if (delta?.type === 'thinking_delta') answer.content?.text(delta.thinking, 0, 'reasoning');
  else if (delta?.type === 'input_json_delta') {
    answer.content?.toolCall(index ?? 0, undefined, undefined, delta.partial_json);
  }
}

function content(request: unknown): Content {
  const body = request as Body;
  const messages = Array.isArray(body['messages']) ? (body['messages'] as unknown[]) : [];
  return {
    instructions: partsOf(body['system']),
    messages: messages.map((each): ContentMessage => {
      const { role, content: said } = each as { role?: unknown; content?: unknown };
      return { role: typeof role === 'string' ? role : 'user', parts: partsOf(said) };
    }),
  };
}

/** The parts of a message's content; of pictures and documents the kind only. */
function partsOf(said: unknown): ContentPart[] {
  if (typeof said === 'string') return [{ type: 'text', content: said }];
  if (!Array.isArray(said)) return [];
  return (said as Block[]).map((block): ContentPart => {
    switch (block.type) {
      case 'text':
        return { type: 'text', content: block.text };
      case 'thinking':
        return { type: 'reasoning', content: block.thinking };
      case 'tool_use':
        return { type: 'tool_call', id: block.id, name: block.name, arguments: block.input };
      case 'tool_result':
        return { type: 'tool_call_response', id: block.tool_use_id, response: block.content };
      default:
        return { type: typeof block.type === 'string' ? block.type : 'unknown' };
    }
  });
}
