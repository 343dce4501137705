import type { tool } from '@langchain/core/tools';
import type { ChatOpenAI, ChatOpenAIFields, OpenAI } from '@langchain/openai';
import { all, classes, type ClientCase } from './client-case.js';
import { describeError } from './outcome.js';

/** LangChain, of whichever version, and models to ask with it. */
export interface LangChain {
  readonly newChat: (fields?: ChatOpenAIFields) => ChatOpenAI;
  readonly newTextModel: () => OpenAI;
  readonly tool: typeof tool;
  /** Given to every run. */
  readonly config: object;
}

interface Invocable {
  invoke(input: unknown): Promise<unknown>;
}

const question = 'My number is 123-45-6789, say hello';
// A whole answer is asked for with the one, a stream with the other.
const fault = (name: string) => {
  const headers = { 'x-fault': name };
  return { headers, options: { headers } };
};
const failed = { calls: 1, ends: 'failed', usage: false } as const;

/** What users do with LangChain. */
export const langChainCases: readonly ClientCase<LangChain>[] = [
  ...([false, true] as const).flatMap((useResponsesApi): ClientCase<LangChain>[] => {
    const api = useResponsesApi ? 'responses' : 'chat';
    return [
      {
        name: `${api}: invoke()`,
        calls: 1,
        run: async ({ newChat, config }) => {
          const message = await newChat({ useResponsesApi }).invoke(question, config);
          const { content, usage_metadata } = message;
          return { content, usage_metadata, classes: classes(message) };
        },
      },
      {
        name: `${api}: stream() read to its end`,
        calls: 1,
        run: async ({ newChat, config }) => {
          const chunks = await all(await newChat({ useResponsesApi }).stream(question, config));
          return chunks.map(({ content }) => content);
        },
      },
      {
        name: `${api}: invoke() that fails`,
        ...failed,
        run: ({ newChat, config }) =>
          newChat({ useResponsesApi }).invoke(question, { ...config, ...fault('status-400') }),
      },
      {
        name: `${api}: an error told within the stream`,
        ...failed,
        run: async ({ newChat, config }) =>
          all(
            await newChat({ useResponsesApi }).stream(question, {
              ...config,
              ...fault('error-event'),
            }),
          ),
      },
    ];
  }),
  {
    name: 'chat: batch()',
    calls: 2,
    run: async ({ newChat, config }) =>
      (await newChat().batch([question, 'two'], config)).map(({ content }) => content),
  },
  {
    name: 'chat: generate() of two prompts',
    calls: 2,
    run: async ({ newChat, config }) => {
      const { generations } = await newChat().generate(
        [[{ role: 'user', content: question }], [{ role: 'user', content: 'two' }]] as never,
        config,
      );
      return generations.map(([generation]) => generation?.text);
    },
  },
  {
    name: 'chat: a tool bound and called',
    calls: 2,
    run: async ({ newChat, tool, config }) => {
      const weather = tool(({ city }: { city: string }) => `sunny in ${city}`, {
        name: 'weather',
        description: 'The weather of a city',
        schema: { type: 'object', properties: { city: { type: 'string' } } },
      });
      const model = newChat().bindTools([weather]);
      const asked = await model.invoke(question, config);
      const answer: unknown = await (weather as Invocable).invoke(asked.tool_calls?.[0]);
      const told = await model.invoke([asked, answer] as never, config);
      return { calls: asked.tool_calls, content: told.content };
    },
  },
  {
    name: 'chat: stream() aborted while it is read',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async ({ newChat, config }) => {
      const controller = new AbortController();
      const read: unknown[] = [];
      try {
        for await (const { content } of await newChat().stream(question, {
          ...config,
          ...fault('hang'),
          signal: controller.signal,
        })) {
          read.push(content);
          if (read.length === 3) setTimeout(() => controller.abort(), 10);
        }
        return read;
      } catch (error) {
        return [read, describeError(error)];
      }
    },
  },
  {
    name: 'chat: stream() cut short in good order',
    calls: 1,
    ends: 'truncated',
    usage: false,
    run: async ({ newChat, config }) =>
      (await all(await newChat().stream(question, { ...config, ...fault('truncate') }))).length,
  },
  {
    name: 'chat: a broken connection',
    ...failed,
    run: async ({ newChat, config }) =>
      (await all(await newChat().stream(question, { ...config, ...fault('cut') }))).length,
  },
  ...[401, 404, 429, 500].map((status): ClientCase<LangChain> => ({
    name: `error: ${status}`,
    ...failed,
    run: ({ newChat, config }) =>
      newChat().invoke(question, { ...config, ...fault(`status-${status}`) }),
  })),
  {
    name: 'error: no answer in time',
    ...failed,
    run: ({ newChat, config }) =>
      newChat({ timeout: 100 }).invoke(question, { ...config, ...fault('silence') }),
  },
  {
    name: 'error: aborted by a signal',
    ...failed,
    run: ({ newChat, config }) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      return newChat().invoke(question, {
        ...config,
        ...fault('silence'),
        signal: controller.signal,
      });
    },
  },
  {
    name: 'text: invoke()',
    calls: 1,
    run: ({ newTextModel, config }) => newTextModel().invoke(question, config),
  },
  {
    name: 'text: stream() read to its end',
    calls: 1,
    usage: false,
    run: async ({ newTextModel, config }) => all(await newTextModel().stream(question, config)),
  },
  {
    name: 'text: an error',
    ...failed,
    run: ({ newTextModel, config }) =>
      newTextModel().invoke(question, { ...config, ...fault('status-400') }),
  },
];
