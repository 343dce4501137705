import type { CallableTool, GoogleGenAI } from '@google/genai';
import { all, classes, first, methods, type ClientCase } from './client-case.js';
import { describeError } from './outcome.js';

const question = { model: 'gemini-2.5-flash', contents: 'My number is 123-45-6789, say hello' };
const withFault = (name: string) => ({
  ...question,
  config: { httpOptions: { headers: { 'x-fault': name } } },
});
const failed = { calls: 1, ends: 'failed', usage: false } as const;

/** What users do with a client of Google's, in order and out of order. */
export const googleCases: readonly ClientCase<GoogleGenAI>[] = [
  {
    name: 'contents: await generateContent()',
    calls: 1,
    run: async (client) => {
      const response = await client.models.generateContent(question);
      return { text: response.text, classes: classes(response), usage: response.usageMetadata };
    },
  },
  {
    name: 'contents: what generateContent() returns',
    calls: 1,
    run: async (client) => {
      const promise = client.models.generateContent(question);
      return { classes: classes(promise), text: (await promise).text };
    },
  },
  {
    name: 'contents: what the client is',
    calls: 0,
    run: ({ models, chats, ...rest }) =>
      Promise.resolve({
        keys: Object.keys(rest),
        models: Object.keys(models),
        classes: [classes(models), classes(chats)],
      }),
  },
  {
    name: 'contents: functions called automatically',
    calls: 2,
    run: async (client) => {
      const response = await client.models.generateContent({
        ...question,
        config: { tools: [weather] },
      });
      return { text: response.text, history: response.automaticFunctionCallingHistory?.length };
    },
  },
  {
    name: 'chats: two messages',
    calls: 2,
    run: async (client) => {
      const chat = client.chats.create({ model: question.model });
      const texts = [
        (await chat.sendMessage({ message: 'hi 123-45-6789' })).text,
        (await chat.sendMessage({ message: 'say hello' })).text,
      ];
      return { texts, history: chat.getHistory() };
    },
  },
  {
    name: 'chats: a streamed message',
    calls: 1,
    run: async (client) => {
      const chat = client.chats.create({ model: question.model });
      return texts(await chat.sendMessageStream({ message: 'say hello' }));
    },
  },
  {
    name: 'stream: read to its end',
    calls: 1,
    run: async (client) => {
      const stream = await client.models.generateContentStream(question);
      return {
        classes: classes(stream),
        methods: methods(stream, ['next', 'return', 'throw']),
        texts: await texts(stream),
      };
    },
  },
  {
    name: 'stream: left with break',
    calls: 1,
    ends: 'left_early',
    run: async (client) =>
      (await first(await client.models.generateContentStream(question), 2)).map(({ text }) => text),
  },
  {
    name: 'stream: thrown out of',
    calls: 1,
    ends: 'left_early',
    run: async (client) => {
      for await (const chunk of await client.models.generateContentStream(question)) {
        if (chunk.text === ' from') throw new RangeError('enough');
      }
      return 'not reached';
    },
  },
  {
    name: 'stream: aborted by a signal while it is read',
    calls: 1,
    ends: 'aborted',
    run: async (client) => {
      const controller = new AbortController();
      const { config } = withFault('hang');
      const stream = await client.models.generateContentStream({
        ...question,
        config: { ...config, abortSignal: controller.signal },
      });
      const read: unknown[] = [];
      try {
        for await (const { text } of stream) {
          read.push(text);
          if (read.length === 3) setTimeout(() => controller.abort(), 10);
        }
        return read;
      } catch (error) {
        return [read, describeError(error)];
      }
    },
  },
  {
    name: 'stream: functions called automatically',
    calls: 2,
    run: async (client) =>
      texts(
        await client.models.generateContentStream({ ...question, config: { tools: [weather] } }),
      ),
  },
  {
    name: 'stream: cut short in good order',
    calls: 1,
    ends: 'truncated',
    run: async (client) => texts(await client.models.generateContentStream(withFault('truncate'))),
  },
  {
    name: 'embeddings: await embedContent()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const contents = ['one 123-45-6789', 'two'];
      return (await client.models.embedContent({ model: 'gemini-embedding-001', contents }))
        .embeddings;
    },
  },
  ...[400, 401, 429, 500].flatMap((status): ClientCase<GoogleGenAI>[] => [
    {
      ...failed,
      name: `error: ${status}`,
      run: (client) => client.models.generateContent(withFault(`status-${status}`)),
    },
    {
      ...failed,
      name: `error: ${status}, streamed`,
      run: async (client) =>
        texts(await client.models.generateContentStream(withFault(`status-${status}`))),
    },
  ]),
  {
    ...failed,
    name: 'error: a body that is no JSON',
    run: (client) => client.models.generateContent(withFault('garbage')),
  },
  {
    ...failed,
    usage: true,
    name: 'error: a broken connection',
    run: async (client) => texts(await client.models.generateContentStream(withFault('cut'))),
  },
  {
    ...failed,
    usage: true,
    name: 'error: told within the stream',
    run: async (client) =>
      texts(await client.models.generateContentStream(withFault('error-event'))),
  },
];

async function texts(stream: AsyncIterable<{ readonly text?: string | undefined }>) {
  return (await all(stream)).map(({ text }) => text);
}

const weather: CallableTool = {
  tool: () => Promise.resolve({ functionDeclarations: [{ name: 'weather' }] }),
  callTool: () =>
    Promise.resolve([{ functionResponse: { name: 'weather', response: { sky: 'sunny' } } }]),
};
