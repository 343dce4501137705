import type Anthropic from '@anthropic-ai/sdk';
import { all, classes, first, methods, type ClientCase } from './client-case.js';
import { describeError } from './outcome.js';

const question = {
  model: 'claude-haiku-4-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'My number is 123-45-6789, say hello' }],
};
const streamed = { ...question, stream: true as const };
const fault = (name: string): { headers: Record<string, string> } => ({
  headers: { 'x-fault': name },
});
const failed = { calls: 1, ends: 'failed', usage: false } as const;

/** What users do with a client of Anthropic's, in order and out of order. */
export const anthropicCases: readonly ClientCase<Anthropic>[] = [
  {
    name: 'messages: await create()',
    calls: 1,
    run: (client) => client.messages.create(question),
  },
  {
    name: 'messages: what create() returns',
    calls: 1,
    run: async (client) => {
      const promise = client.messages.create(question);
      const names = ['then', 'catch', 'finally', 'asResponse', 'withResponse', 'parse'];
      const seen = { classes: classes(promise), methods: methods(promise, names) };
      return { ...seen, requestId: (await promise)._request_id };
    },
  },
  {
    name: 'messages: create().withResponse()',
    calls: 1,
    run: async (client) => {
      const { data, response, request_id } = await client.messages.create(question).withResponse();
      return { data, request_id, status: response.status };
    },
  },
  {
    name: 'messages: create().asResponse()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const response = await client.messages.create(question).asResponse();
      return { status: response.status, body: await response.json() };
    },
  },
  {
    name: 'messages: parse()',
    calls: 1,
    run: async (client) => (await client.messages.parse(question)).content,
  },
  {
    name: 'messages: what the client is',
    calls: 0,
    run: (client) =>
      Promise.resolve({
        client: classes(client),
        messages: classes(client.messages),
        keys: Object.keys(client.messages),
        create: [client.messages.create.name, client.messages.create.length],
      }),
  },
  {
    name: 'messages: a client of withOptions()',
    calls: 1,
    run: (client) => client.withOptions({ timeout: 5000 }).messages.create(question),
  },
  {
    name: 'messages: beta',
    calls: 1,
    run: async (client) => (await client.beta.messages.create(question)).content,
  },
  {
    name: 'messages: the tool runner of beta',
    calls: 2,
    run: async (client) => {
      const runner = client.beta.messages.toolRunner({
        ...question,
        tools: [
          {
            name: 'weather',
            type: 'custom' as const,
            description: 'The weather of a city',
            input_schema: { type: 'object' as const, properties: {} },
            run: () => 'sunny',
            parse: (input: unknown) => input,
          },
        ],
      });
      const message = await runner;
      return { content: message.content, classes: classes(runner) };
    },
  },
  {
    name: 'stream: read to its end',
    calls: 1,
    run: async (client) => {
      const stream = await client.messages.create(streamed);
      return {
        classes: classes(stream),
        methods: methods(stream, ['tee', 'toReadableStream']),
        events: await all(stream),
      };
    },
  },
  {
    name: 'stream: left with break',
    calls: 1,
    ends: 'left_early',
    run: async (client) => {
      const stream = await client.messages.create(streamed);
      return { read: await first(stream, 2), aborted: stream.controller.signal.aborted };
    },
  },
  {
    name: 'stream: thrown out of',
    calls: 1,
    ends: 'left_early',
    run: async (client) => {
      for await (const event of await client.messages.create(streamed)) {
        if (event.type === 'content_block_start') throw new RangeError('enough');
      }
      return 'not reached';
    },
  },
  {
    name: 'stream: aborted unread',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const stream = await client.messages.create(streamed);
      stream.controller.abort();
      return 'aborted';
    },
  },
  {
    name: 'stream: aborted by a signal while it is read',
    calls: 1,
    ends: 'aborted',
    run: async (client) => {
      const controller = new AbortController();
      const options = { ...fault('hang'), signal: controller.signal };
      const events: unknown[] = [];
      for await (const event of await client.messages.create(streamed, options)) {
        events.push(event);
        if (events.length === 3) setTimeout(() => controller.abort(), 10);
      }
      return events;
    },
  },
  {
    name: 'stream: tee(), both read',
    calls: 1,
    run: async (client) => {
      const [left, right] = (await client.messages.create(streamed)).tee();
      return Promise.all([all(left), all(right)]);
    },
  },
  {
    name: 'stream: tee(), both left',
    calls: 1,
    ends: 'left_early',
    run: async (client) => {
      const [left, right] = (await client.messages.create(streamed)).tee();
      return [await first(left, 2), await first(right, 1)];
    },
  },
  {
    name: 'stream: toReadableStream()',
    calls: 1,
    run: async (client) => {
      const readable = (await client.messages.create(streamed)).toReadableStream();
      return new Response(readable as ReadableStream).text();
    },
  },
  {
    name: 'stream: create().withResponse()',
    calls: 1,
    run: async (client) => {
      const { data, response } = await client.messages.create(streamed).withResponse();
      return { status: response.status, events: await all(data) };
    },
  },
  {
    name: 'stream: cut short in good order',
    calls: 1,
    ends: 'truncated',
    run: async (client) => all(await client.messages.create(streamed, fault('truncate'))),
  },
  {
    name: 'stream(): events and the final message',
    calls: 1,
    run: async (client) => {
      const events: string[] = [];
      const runner = client.messages.stream(question);
      runner.on('text', (delta) => events.push(delta));
      const message = await runner.finalMessage();
      return { events, content: message.content, usage: message.usage, classes: classes(runner) };
    },
  },
  {
    name: 'stream(): the final text',
    calls: 1,
    run: (client) => client.messages.stream(question).finalText(),
  },
  {
    name: 'stream(): read with for await',
    calls: 1,
    run: async (client) => all(client.messages.stream(question)),
  },
  {
    name: 'stream(): abort()',
    calls: 1,
    ends: 'aborted',
    run: async (client) => {
      const runner = client.messages.stream(question, fault('hang'));
      runner.on('text', () => runner.abort());
      return runner.done().catch((error: unknown) => describeError(error));
    },
  },
  ...[400, 401, 429, 500, 529].flatMap((status): ClientCase<Anthropic>[] => [
    {
      ...failed,
      name: `error: ${status}`,
      run: (client) => client.messages.create(question, fault(`status-${status}`)),
    },
    {
      ...failed,
      name: `error: ${status}, streamed`,
      run: async (client) => all(await client.messages.create(streamed, fault(`status-${status}`))),
    },
  ]),
  {
    ...failed,
    name: 'error: withResponse()',
    run: (client) => client.messages.create(question, fault('status-400')).withResponse(),
  },
  {
    ...failed,
    name: 'error: a body that is no JSON',
    run: (client) => client.messages.create(question, fault('garbage')),
  },
  {
    ...failed,
    usage: true,
    name: 'error: a broken connection',
    run: async (client) => all(await client.messages.create(streamed, fault('cut'))),
  },
  {
    ...failed,
    usage: true,
    name: 'error: told within the stream',
    run: async (client) => all(await client.messages.create(streamed, fault('error-event'))),
  },
  {
    ...failed,
    name: 'error: stream() of a call that fails',
    run: (client) => client.messages.stream(question, fault('status-400')).finalMessage(),
  },
  {
    ...failed,
    name: 'error: no answer in time',
    run: (client) => client.messages.create(question, { ...fault('silence'), timeout: 100 }),
  },
  {
    ...failed,
    name: 'error: aborted before it began',
    run: (client) => client.messages.create(question, { signal: AbortSignal.abort() }),
  },
];
