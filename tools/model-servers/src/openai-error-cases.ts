import type OpenAI from 'openai';
import { all, type ClientCase } from './client-case.js';
import { chat } from './openai-chat-cases.js';

const streamed = { ...chat, stream: true as const };
const fault = (name: string): { headers: Record<string, string> } => ({
  headers: { 'x-fault': name },
});
const failed = { calls: 1, ends: 'failed', usage: false } as const;

/** Calls that fail. */
export const openAIErrorCases: readonly ClientCase<OpenAI>[] = [
  ...[400, 401, 404, 429, 500].flatMap((status): ClientCase<OpenAI>[] => [
    {
      ...failed,
      name: `error: ${status}`,
      run: (client) => client.chat.completions.create(chat, fault(`status-${status}`)),
    },
    {
      ...failed,
      name: `error: ${status}, streamed`,
      run: async (client) =>
        all(await client.chat.completions.create(streamed, fault(`status-${status}`))),
    },
  ]),
  {
    ...failed,
    name: 'error: 500, tried again',
    run: (client) =>
      client.chat.completions.create(chat, { ...fault('status-500'), maxRetries: 1 }),
  },
  {
    ...failed,
    name: 'error: withResponse()',
    run: (client) => client.chat.completions.create(chat, fault('status-400')).withResponse(),
  },
  {
    ...failed,
    name: 'error: asResponse()',
    run: (client) => client.chat.completions.create(chat, fault('status-400')).asResponse(),
  },
  {
    ...failed,
    name: 'error: a body that is no JSON',
    run: (client) => client.chat.completions.create(chat, fault('garbage')),
  },
  {
    ...failed,
    name: 'error: a broken connection',
    run: async (client) => all(await client.chat.completions.create(streamed, fault('cut'))),
  },
  {
    ...failed,
    name: 'error: told within the stream',
    run: async (client) =>
      all(await client.chat.completions.create(streamed, fault('error-event'))),
  },
  {
    ...failed,
    name: 'error: a chunk that is no JSON',
    run: async (client) => all(await client.chat.completions.create(streamed, fault('bad-chunk'))),
  },
  {
    ...failed,
    name: 'error: stream() of a call that fails',
    run: (client) => client.chat.completions.stream(chat, fault('status-400')).finalContent(),
  },
  {
    ...failed,
    name: 'error: parse() of a call that fails',
    run: (client) => client.chat.completions.parse(chat, fault('status-400')),
  },
  {
    ...failed,
    name: 'error: no answer in time',
    run: (client) => client.chat.completions.create(chat, { ...fault('silence'), timeout: 100 }),
  },
  {
    ...failed,
    name: 'error: aborted by a signal',
    run: (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      return client.chat.completions.create(chat, {
        ...fault('silence'),
        signal: controller.signal,
      });
    },
  },
  {
    ...failed,
    name: 'error: aborted before it began',
    run: (client) => client.chat.completions.create(chat, { signal: AbortSignal.abort() }),
  },
  {
    ...failed,
    name: 'error: thrown by the client itself',
    run: (client) => client.chat.completions.create(undefined as never),
  },
];
