import {
  faultStatus,
  sse,
  startModelServer,
  type Exchange,
  type Fault,
  type ModelRequest,
  type ModelServer,
} from './model-server.js';

const words = ['Hello', ' from', ' the', ' model', '.'];
const model = 'gpt-4o-2024-08-06';

const chatUsage = {
  prompt_tokens: 12,
  completion_tokens: 5,
  total_tokens: 17,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};
const responseUsage = {
  input_tokens: 12,
  output_tokens: 5,
  total_tokens: 17,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens_details: { reasoning_tokens: 2 },
};

/** How a server answers where a request does not say so itself; asked for each request. */
export interface OpenAIServerOptions {
  /** What chat completions say. Default: as below. */
  readonly answer?: () => string;
  /** Default: nothing goes wrong. */
  readonly fault?: () => Fault | undefined;
}

/**
 * A server that speaks OpenAI's protocol: chat completions, responses, embeddings and text completions,
 * over HTTP and server-sent events. It is no model: it says the same five words, calls the first tool
 * that it is offered, and answers 42 to whoever asks for JSON.
 */
export function startOpenAIServer({
  answer,
  fault,
}: OpenAIServerOptions = {}): Promise<ModelServer> {
  return startModelServer(async (exchange) => {
    const status = faultStatus(exchange.fault);
    if (status !== undefined) {
      exchange.json(errorBody(exchange.request), status);
      return;
    }
    const { path } = exchange.request;
    if (path.endsWith('/chat/completions')) return chat(exchange, answer);
    if (path.endsWith('/responses')) return responses(exchange);
    if (path.endsWith('/embeddings')) {
      embeddings(exchange);
      return;
    }
    if (path.endsWith('/completions')) return textCompletion(exchange);
    exchange.json({ error: { message: `no such path: ${path}` } }, 404);
  }, fault);
}

/** As providers do, it repeats what it complains of. */
function errorBody({ body }: ModelRequest): unknown {
  const said = JSON.stringify(body['messages'] ?? body['input'] ?? body['prompt']);
  return {
    error: {
      message: `Invalid content: ${said}`,
      type: 'invalid_request_error',
      param: 'messages',
      code: 'invalid_content',
    },
  };
}

const errorEvent = sse({ error: { message: 'The server had an error', code: 'server_error' } });

function chat(exchange: Exchange, answer?: () => string): void | Promise<void> {
  const { body } = exchange.request;
  const message =
    answer === undefined ? chatMessage(body) : { role: 'assistant', content: answer() };
  const finish_reason = 'tool_calls' in message ? 'tool_calls' : 'stop';
  const head = { id: 'chatcmpl-1', created: 1_700_000_000, model };
  if (body['stream'] !== true) {
    exchange.json({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason }],
      usage: chatUsage,
    });
    return;
  }
  const chunk = (delta: unknown, reason: string | null): string =>
    sse({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
  const deltas: unknown[] =
    'tool_calls' in message
      ? [{ role: 'assistant', content: null }, ...toolDeltas(message.tool_calls[0])]
      : [
          { role: 'assistant', content: '' },
          ...pieces(message.content).map((content) => ({ content })),
        ];
  const events = [...deltas.map((delta) => chunk(delta, null)), chunk({}, finish_reason)];
  const options = body['stream_options'] as { include_usage?: boolean } | undefined;
  if (options?.include_usage === true) {
    events.push(sse({ ...head, object: 'chat.completion.chunk', choices: [], usage: chatUsage }));
  }
  return exchange.events([...events, sse('[DONE]')], 3, errorEvent);
}

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

function chatMessage(
  body: Record<string, unknown>,
):
  | { role: string; content: string }
  | { role: string; content: null; tool_calls: readonly [ToolCall] } {
  const tools = body['tools'] as { function: { name: string } }[] | undefined;
  const messages = body['messages'] as { role: string }[] | undefined;
  const [tool] = tools ?? [];
  if (tool !== undefined && messages?.at(-1)?.role !== 'tool') {
    const call = { name: tool.function.name, arguments: '{"city":"Paris"}' };
    return {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: call }],
    };
  }
  return { role: 'assistant', content: answerText(body['response_format']) };
}

function answerText(format: unknown): string {
  const type = (format as { type?: string } | undefined)?.type;
  return type?.startsWith('json') === true ? '{"answer":42}' : words.join('');
}

function pieces(text: string): string[] {
  return text === words.join('') ? words : [text.slice(0, 4), text.slice(4)];
}

function toolDeltas(call: ToolCall): unknown[] {
  const { name, arguments: args } = call.function;
  const half = Math.floor(args.length / 2);
  return [
    { tool_calls: [{ index: 0, ...call, function: { name, arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: args.slice(0, half) } }] },
    { tool_calls: [{ index: 0, function: { arguments: args.slice(half) } }] },
  ];
}

function responses(exchange: Exchange): void | Promise<void> {
  const { body } = exchange.request;
  const text = answerText((body['text'] as { format?: unknown } | undefined)?.format);
  const part = { type: 'output_text', text, annotations: [] };
  const item = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [part],
  };
  const whole = {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    model,
    status: 'completed',
    error: null,
    incomplete_details: null,
    output: [item],
    usage: responseUsage,
  };
  if (body['stream'] !== true) {
    exchange.json(whole);
    return;
  }
  const open = { ...whole, status: 'in_progress', output: [], usage: null };
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const events = [
    { type: 'response.created', response: open },
    { type: 'response.in_progress', response: open },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
    { type: 'response.output_text.done', ...at, text },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ];
  return exchange.events(
    events.map((event, sequence_number) => sse({ ...event, sequence_number }, event.type)),
    5,
    errorEvent,
  );
}

function embeddings(exchange: Exchange): void {
  const { body } = exchange.request;
  const input = Array.isArray(body['input']) ? body['input'] : [body['input']];
  const vector = [0.25, -0.5, 1];
  const base64 = Buffer.from(new Float32Array(vector).buffer).toString('base64');
  exchange.json({
    object: 'list',
    model: 'text-embedding-3-small',
    data: input.map((_, index) => ({
      object: 'embedding',
      index,
      embedding: body['encoding_format'] === 'base64' ? base64 : vector,
    })),
    usage: { prompt_tokens: 8, total_tokens: 8 },
  });
}

function textCompletion(exchange: Exchange): void | Promise<void> {
  const head = {
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1_700_000_000,
    model: 'gpt-3.5-turbo-instruct',
  };
  const choice = (text: string, finish_reason: string | null): unknown => ({
    index: 0,
    text,
    logprobs: null,
    finish_reason,
  });
  if (exchange.request.body['stream'] !== true) {
    exchange.json({ ...head, choices: [choice(words.join(''), 'stop')], usage: chatUsage });
    return;
  }
  const last = words.length - 1;
  const events = words.map((word, index) =>
    sse({ ...head, choices: [choice(word, index === last ? 'stop' : null)] }),
  );
  return exchange.events([...events, sse('[DONE]')], 3, errorEvent);
}
