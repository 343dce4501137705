import {
  faultStatus,
  sse,
  startModelServer,
  type Exchange,
  type ModelRequest,
  type ModelServer,
} from './model-server.js';

const words = ['Hello', ' from', ' the', ' model', '.'];

const usage = {
  input_tokens: 12,
  cache_creation_input_tokens: 3,
  cache_read_input_tokens: 4,
  output_tokens: 5,
};

/**
 * A server that speaks Anthropic's protocol of messages, over HTTP and server-sent events. It is no
 * model: it says the same five words, or calls the first tool that it is offered.
 */
export function startAnthropicServer(): Promise<ModelServer> {
  return startModelServer(async (exchange) => {
    const status = faultStatus(exchange.fault);
    if (status !== undefined) exchange.json(errorBody(exchange.request), status);
    else if (exchange.request.path.startsWith('/v1/messages')) await messages(exchange);
    else exchange.json({ type: 'error', error: { type: 'not_found_error', message: '' } }, 404);
  });
}

/** As providers do, it repeats what it complains of. */
function errorBody({ body }: ModelRequest): unknown {
  const message = `messages: invalid content ${JSON.stringify(body['messages'])}`;
  return { type: 'error', error: { type: 'invalid_request_error', message } };
}

const errorEvent = sse(
  { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  'error',
);

async function messages(exchange: Exchange): Promise<void> {
  const { body } = exchange.request;
  const tools = body['tools'] as { name: string }[] | undefined;
  const conversation = body['messages'] as { content: unknown }[];
  const answered = JSON.stringify(conversation.at(-1)?.content).includes('tool_result');
  const [tool] = answered ? [] : (tools ?? []);
  const block =
    tool === undefined
      ? { type: 'text', text: words.join('') }
      : { type: 'tool_use', id: 'toolu_1', name: tool.name, input: { city: 'Paris' } };
  const stop_reason = tool === undefined ? 'end_turn' : 'tool_use';
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5-20250929',
    content: [block],
    stop_reason,
    stop_sequence: null,
    usage,
  };
  if (body['stream'] !== true) {
    exchange.json(message);
    return;
  }
  const open = {
    ...message,
    content: [],
    stop_reason: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const deltas =
    tool === undefined
      ? words.map((text) => ({ type: 'text_delta', text }))
      : ['{"city":', '"Paris"}'].map((json) => ({ type: 'input_json_delta', partial_json: json }));
  const begun = tool === undefined ? { ...block, text: '' } : { ...block, input: {} };
  const events = [
    { type: 'message_start', message: open },
    { type: 'content_block_start', index: 0, content_block: begun },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    },
    { type: 'message_stop' },
  ];
  await exchange.events(
    events.map((event) => sse(event, event.type)),
    3,
    errorEvent,
  );
}
