import type OpenAI from 'openai';
import { all, classes, first, methods, type ClientCase } from './client-case.js';
import { chat, jsonChat, textOf } from './openai-chat-cases.js';
import { describeError } from './outcome.js';

const streamed = { ...chat, stream: true as const };
const hanging = { headers: { 'x-fault': 'hang' } };
const streamMethods = ['tee', 'toReadableStream'];

/** Streamed chat completions: read, left, aborted, split. */
export const openAIStreamCases: readonly ClientCase<OpenAI>[] = [
  {
    name: 'stream: read to its end',
    calls: 1,
    usage: false,
    run: async (client) => all(await client.chat.completions.create(streamed)),
  },
  {
    name: 'stream: with its usage asked for',
    calls: 1,
    run: async (client) =>
      all(
        await client.chat.completions.create({
          ...streamed,
          stream_options: { include_usage: true },
        }),
      ),
  },
  {
    name: 'stream: what it is',
    calls: 1,
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      const steps = stream[Symbol.asyncIterator]();
      const seen = {
        stream: classes(stream),
        keys: Object.keys(stream),
        methods: methods(stream, streamMethods),
        controller: classes(stream.controller),
        steps: methods(steps, ['next', 'return', 'throw']),
        stepClasses: classes(steps),
        promise: classes(steps.next()),
      };
      return { ...seen, rest: await all({ [Symbol.asyncIterator]: () => steps }) };
    },
  },
  {
    name: 'stream: left with break',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      const read = await first(stream, 2);
      return { read, aborted: stream.controller.signal.aborted };
    },
  },
  {
    name: 'stream: thrown out of',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (client) => {
      for await (const chunk of await client.chat.completions.create(streamed)) {
        if (chunk.choices[0]?.delta.content !== '') throw new RangeError('enough');
      }
      return 'not reached';
    },
  },
  {
    name: 'stream: left by return() of an iterator',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      const steps = stream[Symbol.asyncIterator]();
      const read = [await steps.next(), await steps.return?.('x'), await steps.next()];
      return { read, aborted: stream.controller.signal.aborted };
    },
  },
  {
    name: 'stream: aborted unread',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      stream.controller.abort();
      return { aborted: stream.controller.signal.aborted };
    },
  },
  {
    name: 'stream: aborted unread by a signal',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const controller = new AbortController();
      await client.chat.completions.create(streamed, { signal: controller.signal });
      controller.abort();
      return 'aborted';
    },
  },
  {
    name: 'stream: aborted while it is read',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed, hanging);
      return readThenAbort(stream, stream.controller);
    },
  },
  {
    name: 'stream: aborted by a signal while it is read',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const controller = new AbortController();
      const stream = await client.chat.completions.create(streamed, {
        ...hanging,
        signal: controller.signal,
      });
      return readThenAbort(stream, controller);
    },
  },
  {
    name: 'stream: tee(), both read',
    calls: 1,
    usage: false,
    run: async (client) => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee();
      const texts = await Promise.all([textOf(left), textOf(right)]);
      return { texts, classes: classes(left) };
    },
  },
  {
    name: 'stream: tee(), one read, one left',
    calls: 1,
    usage: false,
    run: async (client) => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee();
      return [await first(left, 1), await textOf(right)];
    },
  },
  {
    name: 'stream: tee(), both left',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (client) => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee();
      return [await first(left, 2), await first(right, 1)];
    },
  },
  {
    name: 'stream: toReadableStream()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const readable = (await client.chat.completions.create(streamed)).toReadableStream();
      return {
        text: await new Response(readable as ReadableStream).text(),
        classes: classes(readable),
      };
    },
  },
  {
    name: 'stream: toReadableStream(), cancelled',
    calls: 1,
    ends: 'left_early',
    // Version 7 aborts the request at once.
    endsNewer: 'aborted',
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      const reader = (stream.toReadableStream() as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      await reader.cancel();
      return { aborted: stream.controller.signal.aborted };
    },
  },
  {
    name: 'stream: create().withResponse()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const { data, response } = await client.chat.completions.create(streamed).withResponse();
      return { text: await textOf(data), status: response.status, classes: classes(data) };
    },
  },
  {
    name: 'stream: create().asResponse()',
    calls: 1,
    usage: false,
    run: async (client) => {
      const response = await client.chat.completions.create(streamed).asResponse();
      return { status: response.status, text: await response.text() };
    },
  },
  {
    name: 'stream: read a second time',
    calls: 1,
    usage: false,
    run: async (client) => {
      const stream = await client.chat.completions.create(streamed);
      await textOf(stream);
      return all(stream).catch((error: unknown) => describeError(error));
    },
  },
  {
    name: 'stream: two at once, read in turns',
    calls: 2,
    usage: false,
    run: async (client) => {
      const [a, b] = await Promise.all([
        client.chat.completions.create(streamed),
        client.chat.completions.create(streamed),
      ]);
      const turns: unknown[] = [];
      const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()];
      for (;;) {
        const steps = [await left.next(), await right.next()];
        if (steps.every((step) => step.done === true)) return turns;
        turns.push(...steps);
      }
    },
  },
  {
    name: 'stream: cut short in good order',
    calls: 1,
    ends: 'truncated',
    usage: false,
    run: async (client) =>
      all(await client.chat.completions.create(streamed, { headers: { 'x-fault': 'truncate' } })),
  },
  {
    name: 'stream(): events and the final content',
    calls: 1,
    usage: false,
    run: async (client) => {
      const events: string[] = [];
      const runner = client.chat.completions.stream(chat);
      runner.on('connect', () => events.push('connect'));
      runner.on('content', (delta, text) => events.push(`${delta}|${text}`));
      runner.on('end', () => events.push('end'));
      return { text: await runner.finalContent(), events, classes: classes(runner) };
    },
  },
  {
    name: 'stream(): the final completion, parsed',
    calls: 1,
    usage: false,
    run: async (client) => {
      const completion = await client.chat.completions.stream(jsonChat).finalChatCompletion();
      return completion.choices[0]?.message;
    },
  },
  {
    name: 'stream(): read with for await',
    calls: 1,
    usage: false,
    run: async (client) => all(client.chat.completions.stream(chat)),
  },
  {
    name: 'stream(): left with break',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const runner = client.chat.completions.stream(chat, hanging);
      const read = await first(runner, 1);
      return { read, aborted: runner.controller.signal.aborted };
    },
  },
  {
    name: 'stream(): abort()',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (client) => {
      const runner = client.chat.completions.stream(chat, hanging);
      runner.on('content', () => runner.abort());
      return runner.done().catch((error: unknown) => describeError(error));
    },
  },
];

/** Reads what a hanging stream has to give, and aborts in the middle of the step after it. */
async function readThenAbort(
  stream: AsyncIterable<unknown>,
  controller: AbortController,
): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const chunk of stream) {
    read.push(chunk);
    if (read.length === 3) setTimeout(() => controller.abort(), 10);
  }
  return read;
}
