import type OpenAI from 'openai';
import { all, classes, first, type ClientCase } from './client-case.js';

const question = { model: 'gpt-4o', input: 'My number is 123-45-6789, say hello' };
const streamed = { ...question, stream: true as const };
const embedded = { model: 'text-embedding-3-small', input: ['one 123-45-6789', 'two'] };
const continued = { model: 'gpt-3.5-turbo-instruct', prompt: 'My number is 123-45-6789' };

/** Responses, embeddings and text completions. */
export const openAIOtherCases: readonly ClientCase<OpenAI>[] = [
  {
    name: 'responses: await create()',
    calls: 1,
    run: (client) => client.responses.create(question),
  },
  {
    name: 'responses: create().withResponse()',
    calls: 1,
    run: async (client) => {
      const { data, response } = await client.responses.create(question).withResponse();
      return { text: data.output_text, status: response.status };
    },
  },
  {
    name: 'responses: parse()',
    calls: 1,
    run: async (client) => {
      const format = { type: 'json_schema' as const, name: 'answer', schema: { type: 'object' } };
      const response = await client.responses.parse({ ...question, text: { format } });
      return response.output_parsed;
    },
  },
  {
    name: 'responses: a stream read to its end',
    calls: 1,
    run: async (client) => {
      const stream = await client.responses.create(streamed);
      return { classes: classes(stream), events: await all(stream) };
    },
  },
  {
    name: 'responses: a stream left with break',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (client) => first(await client.responses.create(streamed), 3),
  },
  {
    name: 'responses: stream() and the final response',
    calls: 1,
    run: async (client) => {
      const events: string[] = [];
      const runner = client.responses.stream(question);
      runner.on('response.output_text.delta', (event) => events.push(event.delta));
      const response = await runner.finalResponse();
      return { events, text: response.output_text, classes: classes(runner) };
    },
  },
  {
    name: 'responses: an error told within the stream',
    calls: 1,
    ends: 'failed',
    usage: false,
    run: async (client) =>
      all(await client.responses.create(streamed, { headers: { 'x-fault': 'error-event' } })),
  },
  {
    name: 'responses: an error',
    calls: 1,
    ends: 'failed',
    usage: false,
    run: (client) => client.responses.create(question, { headers: { 'x-fault': 'status-400' } }),
  },
  {
    name: 'embeddings: await create()',
    calls: 1,
    run: (client) => client.embeddings.create(embedded),
  },
  {
    name: 'embeddings: as floats',
    calls: 1,
    run: (client) => client.embeddings.create({ ...embedded, encoding_format: 'float' }),
  },
  {
    name: 'embeddings: create().withResponse()',
    calls: 1,
    run: async (client) => {
      const { data, response } = await client.embeddings.create(embedded).withResponse();
      return { data, status: response.status };
    },
  },
  {
    name: 'embeddings: an error',
    calls: 1,
    ends: 'failed',
    usage: false,
    run: (client) => client.embeddings.create(embedded, { headers: { 'x-fault': 'status-400' } }),
  },
  {
    name: 'completions: await create()',
    calls: 1,
    run: (client) => client.completions.create(continued),
  },
  {
    name: 'completions: a stream read to its end',
    calls: 1,
    usage: false,
    run: async (client) => all(await client.completions.create({ ...continued, stream: true })),
  },
];
