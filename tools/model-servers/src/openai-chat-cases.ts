import type OpenAI from 'openai';
import { all, classes, methods, type ClientCase } from './client-case.js';

export const chat = {
  model: 'gpt-4o',
  messages: [{ role: 'user' as const, content: 'My number is 123-45-6789, say hello' }],
};

export const jsonChat = {
  ...chat,
  response_format: {
    type: 'json_schema' as const,
    json_schema: { name: 'answer', strict: true, schema: { type: 'object' } },
  },
};

const promiseMethods = ['then', 'catch', 'finally', 'asResponse', 'withResponse', 'parse'];

/** Whole chat completions. */
export const openAIChatCases: readonly ClientCase<OpenAI>[] = [
  {
    name: 'chat: await create()',
    calls: 1,
    run: (client) => client.chat.completions.create(chat),
  },
  {
    name: 'chat: what create() returns',
    calls: 1,
    run: async (client) => {
      const promise = client.chat.completions.create(chat);
      const seen = { classes: classes(promise), methods: methods(promise, promiseMethods) };
      return { ...seen, id: (await promise).id, requestId: (await promise)._request_id };
    },
  },
  {
    name: 'chat: create().withResponse()',
    calls: 1,
    run: async (client) => {
      const { data, response, request_id } = await client.chat.completions
        .create(chat)
        .withResponse();
      return { data, request_id, status: response.status, classes: classes(response) };
    },
  },
  {
    name: 'chat: create().asResponse()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const response = await client.chat.completions.create(chat).asResponse();
      const used = response.bodyUsed;
      return {
        used,
        status: response.status,
        classes: classes(response),
        body: await response.json(),
      };
    },
  },
  {
    name: 'chat: create().then().catch().finally()',
    calls: 1,
    run: async (client) => {
      const order: string[] = [];
      const id = await client.chat.completions
        .create(chat)
        .then((completion) => {
          order.push('then');
          return completion.id;
        })
        .catch(() => order.push('catch'))
        .finally(() => order.push('finally'));
      return { id, order };
    },
  },
  {
    name: 'chat: one promise awaited twice',
    calls: 1,
    run: async (client) => {
      const promise = client.chat.completions.create(chat);
      const [a, b] = await Promise.all([promise, promise]);
      return { same: a === b, id: a.id };
    },
  },
  {
    name: 'chat: parse()',
    calls: 1,
    run: async (client) => (await client.chat.completions.parse(jsonChat)).choices[0]?.message,
  },
  {
    name: 'chat: parse().withResponse()',
    calls: 1,
    run: async (client) => {
      const promise = client.chat.completions.parse(jsonChat);
      const seen = classes(promise);
      const { data, response } = await promise.withResponse();
      return { seen, parsed: data.choices[0]?.message.parsed, status: response.status };
    },
  },
  {
    name: 'chat: parse().asResponse()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const response = await client.chat.completions.parse(jsonChat).asResponse();
      return { status: response.status, body: await response.json() };
    },
  },
  {
    name: 'chat: runTools()',
    calls: 2,
    run: async (client) => {
      const runner = client.chat.completions.runTools({ ...chat, tools: [weather()] });
      const events: string[] = [];
      runner.on('functionToolCall', (call) => events.push(call.name));
      return { text: await runner.finalContent(), events, classes: classes(runner) };
    },
  },
  {
    name: 'chat: runTools({ stream: true })',
    calls: 2,
    usage: false,
    run: async (client) => {
      const runner = client.chat.completions.runTools({
        ...chat,
        stream: true,
        tools: [weather()],
      });
      return { text: await runner.finalContent(), classes: classes(runner) };
    },
  },
  {
    name: 'chat: three calls at once',
    calls: 3,
    run: async (client) => {
      const answers = await Promise.all([1, 2, 3].map(() => client.chat.completions.create(chat)));
      return answers.map((answer) => answer.choices[0]?.message.content);
    },
  },
  {
    name: 'chat: a client of withOptions()',
    calls: 1,
    run: async (client) => {
      const copy = client.withOptions({ timeout: 5000 });
      return { classes: classes(copy), answer: await copy.chat.completions.create(chat) };
    },
  },
  {
    name: 'chat: what the client is',
    calls: 0,
    run: (client) => {
      const { completions } = client.chat;
      return Promise.resolve({
        client: classes(client),
        completions: classes(completions),
        keys: Object.keys(completions),
        create: [completions.create.name, completions.create.length],
      });
    },
  },
];

function weather() {
  return {
    type: 'function' as const,
    function: {
      name: 'weather',
      description: 'The weather of a city',
      parameters: { type: 'object' as const, properties: {} },
      parse: JSON.parse,
      function: ({ city }: { city: string }) => `sunny in ${city}`,
    },
  };
}

/** The text of a stream. */
export async function textOf(
  stream: AsyncIterable<OpenAI.Chat.Completions.ChatCompletionChunk>,
): Promise<string> {
  return (await all(stream)).map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}
