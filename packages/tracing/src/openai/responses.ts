import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import type { Body } from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens } from '../inference/usage.js';
import { partsOf } from './chat.js';

/** Parameters that have a name in the conventions. */
interface Parameters {
  readonly max_output_tokens?: unknown;
  readonly temperature?: unknown;
  readonly top_p?: unknown;
  readonly stream?: unknown;
}

function describeParameters(span: Span, body: Parameters): void {
  setParameter(span, genAi.requestMaxTokens, body.max_output_tokens);
  setParameter(span, genAi.requestTemperature, body.temperature);
  setParameter(span, genAi.requestTopP, body.top_p);
  setParameter(span, genAi.requestStream, body.stream);
}

function describe(span: Span, request: unknown): void {
  const body = request as Body;
  describeParameters(span, body);
  const text = body['text'] as { format?: { type?: unknown } } | null | undefined;
  const type = text?.format?.type;
  if (type === 'text') span.setAttribute(genAi.outputType, 'text');
  else if (typeof type === 'string' && type.startsWith('json')) {
    span.setAttribute(genAi.outputType, 'json');
  }
}

interface OutputItem {
  readonly type?: unknown;
  readonly content?: readonly {
    readonly type?: unknown;
    readonly text?: unknown;
    readonly refusal?: unknown;
  }[];
  readonly call_id?: unknown;
  readonly name?: unknown;
  readonly arguments?: unknown;
}

interface Response {
  readonly model?: unknown;
  readonly id?: unknown;
  readonly status?: unknown;
  readonly error?: { readonly code?: unknown } | null;
  readonly incomplete_details?: { readonly reason?: unknown } | null;
  readonly output?: readonly OutputItem[];
  readonly usage?: {
    readonly input_tokens?: unknown;
    readonly output_tokens?: unknown;
    readonly input_tokens_details?: {
      readonly cached_tokens?: unknown;
      readonly cache_write_tokens?: unknown;
    } | null;
    readonly output_tokens_details?: { readonly reasoning_tokens?: unknown } | null;
  } | null;
}

/** Calls of `responses.create`. */
export const responseFormat: CallFormat = {
  describe,
  content,
  finishes: true,
  response: (given, answer) => {
    const response = given as Response;
    readResponse(response, answer);
    if (answer.content !== undefined) collect(response.output, answer);
  },
  chunk: (given, answer) => {
    const event = given as {
      type?: unknown;
      response?: Response;
      delta?: unknown;
      item?: OutputItem;
    };
    // The events that hold the response as it then is, which tells more each time.
    if (event.response !== undefined) readResponse(event.response, answer);
    else if (event.type === 'error') answer.errorType = errorCode(given as { code?: unknown });
    if (answer.content === undefined) return;
    if (event.type === 'response.output_text.delta') answer.content.text(event.delta);
    else if (event.type === 'response.output_item.done' && event.item?.type === 'function_call') {
      collect([event.item], answer);
    }
  },
};

function readResponse(response: Response, answer: Answer): void {
  const { model, id, status, error, incomplete_details: incomplete, usage } = response;
  if (typeof model === 'string') answer.model = model;
  if (typeof id === 'string') answer.id = id;
  // While it is queued or in progress, it has not finished.
  if (status === 'incomplete') answer.finish(incomplete?.reason ?? status);
  else if (status === 'completed' || status === 'failed' || status === 'cancelled') {
    answer.finish(status);
  }
  if (status === 'failed') answer.errorType = errorCode(error);
  if (usage !== null && usage !== undefined) {
    const { input_tokens_details: input, output_tokens_details: output } = usage;
    answer.usage = {
      inputTokens: tokens(usage.input_tokens),
      outputTokens: tokens(usage.output_tokens),
      cacheReadInputTokens: tokens(input?.cached_tokens),
      cacheCreationInputTokens: tokens(input?.cache_write_tokens),
      reasoningTokens: tokens(output?.reasoning_tokens),
      inputIncludesCached: true,
      outputIncludesReasoning: true,
    };
  }
}

/** A code names a kind of error; anything longer might say something of the request. */
function errorCode(error: { readonly code?: unknown } | null | undefined): string {
  const code = error?.code;
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : 'response_failed';
}

function collect(output: readonly OutputItem[] | undefined, answer: Answer): void {
  for (const item of output ?? []) {
    if (item.type === 'function_call') {
      answer.content?.toolCall(item.call_id, item.call_id, item.name, item.arguments);
    } else if (item.type === 'message') {
      for (const part of item.content ?? []) {
        answer.content?.text(part.text);
        answer.content?.text(part.refusal, 0, 'refusal');
      }
    }
  }
}

function content(request: unknown): Content {
  const { instructions, input } = request as Body;
  return {
    instructions: partsOf(instructions),
    messages:
      typeof input === 'string'
        ? [{ role: 'user', parts: partsOf(input) }]
        : Array.isArray(input)
          ? input.map(inputMessage)
          : [],
  };
}

function inputMessage(each: unknown): ContentMessage {
  const item = each as OutputItem & { role?: unknown; output?: unknown };
  if (item.type === 'function_call_output') {
    const part: ContentPart = {
      type: 'tool_call_response',
      id: item.call_id,
      response: item.output,
    };
    return { role: 'tool', parts: [part] };
  }
  if (item.type === 'function_call') {
    const part: ContentPart = {
      type: 'tool_call',
      id: item.call_id,
      name: item.name,
      arguments: item.arguments,
    };
    return { role: 'assistant', parts: [part] };
  }
  return { role: typeof item.role === 'string' ? item.role : 'user', parts: partsOf(item.content) };
}
