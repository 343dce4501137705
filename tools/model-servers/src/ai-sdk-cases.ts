import type * as AiModule from 'ai';
import { all, classes, first, type ClientCase } from './client-case.js';
import { describeError } from './outcome.js';

/** The Vercel AI SDK, of whichever version, and models to ask with it. */
export interface AiSdk {
  readonly ai: typeof AiModule;
  readonly chat: AiModule.LanguageModel & object;
  readonly responses: AiModule.LanguageModel & object;
  readonly embedding: AiModule.EmbeddingModel & object;
}

const prompt = 'My number is 123-45-6789, say hello';
const fault = (name: string): { headers: Record<string, string>; maxRetries: number } => ({
  headers: { 'x-fault': name },
  maxRetries: 0,
});
const failed = { ends: 'failed', usage: false } as const;
const quiet = { onError: () => undefined };

/** What users do with the Vercel AI SDK. */
export const aiSdkCases: readonly ClientCase<AiSdk>[] = [
  ...(['chat', 'responses'] as const).flatMap((api): ClientCase<AiSdk>[] => [
    {
      name: `${api}: generateText()`,
      calls: 1,
      run: async (sdk) => {
        const { text, usage, finishReason, response } = await sdk.ai.generateText({
          model: sdk[api],
          prompt,
        });
        return { text, usage, finishReason, id: response.id, model: response.modelId };
      },
    },
    {
      name: `${api}: streamText() read to its end`,
      calls: 1,
      run: async (sdk) => {
        const result = sdk.ai.streamText({ model: sdk[api], prompt });
        const text = await all(result.textStream);
        return { text, usage: await result.usage, finishReason: await result.finishReason };
      },
    },
    {
      name: `${api}: streamText() that fails`,
      calls: 1,
      ...failed,
      run: async (sdk) => {
        const result = sdk.ai.streamText({
          model: sdk[api],
          prompt,
          ...fault('status-400'),
          ...quiet,
        });
        return (await all(result.fullStream)).map(({ type }) => type);
      },
    },
    {
      name: `${api}: an error told within the stream`,
      calls: 1,
      ...failed,
      run: async (sdk) => {
        const result = sdk.ai.streamText({
          model: sdk[api],
          prompt,
          ...fault('error-event'),
          ...quiet,
        });
        return (await all(result.fullStream)).map(({ type }) => type);
      },
    },
  ]),
  {
    name: 'streamText(): the whole stream',
    calls: 1,
    run: async (sdk) => {
      const result = sdk.ai.streamText({ model: sdk.chat, prompt });
      return (await all(result.fullStream)).map(({ type }) => type);
    },
  },
  {
    name: 'streamText(): two readers',
    calls: 1,
    run: async (sdk) => {
      const result = sdk.ai.streamText({ model: sdk.chat, prompt });
      return Promise.all([all(result.textStream), all(result.fullStream).then((it) => it.length)]);
    },
  },
  {
    name: 'streamText(): as a response',
    calls: 1,
    run: async (sdk) => {
      const response = sdk.ai
        .streamText({ model: sdk.chat, prompt })
        .toTextStreamResponse({ headers: { 'x-own': '1' } });
      return { own: response.headers.get('x-own'), text: await response.text() };
    },
  },
  {
    name: 'streamText(): only its promises',
    calls: 1,
    run: async (sdk) => {
      const result = sdk.ai.streamText({ model: sdk.chat, prompt });
      return { text: await result.text, usage: await result.usage };
    },
  },
  {
    name: 'streamText(): aborted while it is read',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (sdk) => {
      const controller = new AbortController();
      const result = sdk.ai.streamText({
        model: sdk.chat,
        prompt,
        ...fault('hang'),
        abortSignal: controller.signal,
        ...quiet,
      });
      const types: string[] = [];
      for await (const { type } of result.fullStream) {
        types.push(type);
        if (type === 'text-delta' && !controller.signal.aborted) {
          setTimeout(() => controller.abort(), 10);
        }
      }
      return types;
    },
  },
  {
    name: 'streamText(): cut short in good order',
    calls: 1,
    ends: 'truncated',
    usage: false,
    run: async (sdk) => {
      const result = sdk.ai.streamText({ model: sdk.chat, prompt, ...fault('truncate'), ...quiet });
      return (await all(result.fullStream)).map(({ type }) => type);
    },
  },
  {
    name: 'streamText(): a broken connection',
    calls: 1,
    ...failed,
    run: async (sdk) => {
      const result = sdk.ai.streamText({ model: sdk.chat, prompt, ...fault('cut'), ...quiet });
      return (await all(result.fullStream)).map(({ type }) => type);
    },
  },
  {
    name: 'generateText(): tools, in two steps',
    calls: 2,
    run: async (sdk) => {
      const result = await sdk.ai.generateText({
        model: sdk.chat,
        prompt,
        tools: { weather: weather(sdk) },
        stopWhen: sdk.ai.stepCountIs(3),
      });
      return { text: result.text, steps: result.steps.length, usage: result.totalUsage };
    },
  },
  {
    name: 'streamText(): tools, in two steps',
    calls: 2,
    run: async (sdk) => {
      const result = sdk.ai.streamText({
        model: sdk.chat,
        prompt,
        tools: { weather: weather(sdk) },
        stopWhen: sdk.ai.stepCountIs(3),
      });
      return (await all(result.fullStream)).map(({ type }) => type);
    },
  },
  {
    name: 'generateText(): three calls at once',
    calls: 3,
    run: async (sdk) =>
      Promise.all(
        [1, 2, 3].map(async () => (await sdk.ai.generateText({ model: sdk.chat, prompt })).text),
      ),
  },
  {
    name: 'generateObject()',
    calls: 1,
    run: async (sdk) => {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- it has users still
      const { object } = await sdk.ai.generateObject({
        model: sdk.chat,
        schema: answerSchema(sdk),
        prompt,
      });
      return object;
    },
  },
  {
    name: 'streamObject()',
    calls: 1,
    run: async (sdk) => {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- it has users still
      const result = sdk.ai.streamObject({ model: sdk.chat, schema: answerSchema(sdk), prompt });
      return { parts: await all(result.partialObjectStream), whole: await result.object };
    },
  },
  {
    name: 'embed()',
    calls: 1,
    run: async (sdk) => {
      const { embedding, usage } = await sdk.ai.embed({ model: sdk.embedding, value: prompt });
      return { embedding, usage };
    },
  },
  {
    name: 'embedMany()',
    calls: 1,
    run: async (sdk) =>
      (await sdk.ai.embedMany({ model: sdk.embedding, values: [prompt, 'two'] })).embeddings,
  },
  {
    name: 'embed() that fails',
    calls: 1,
    ...failed,
    run: (sdk) => sdk.ai.embed({ model: sdk.embedding, value: prompt, ...fault('status-400') }),
  },
  ...[400, 401, 429, 500].map((status): ClientCase<AiSdk> => ({
    name: `error: ${status}`,
    calls: 1,
    ...failed,
    run: (sdk) => sdk.ai.generateText({ model: sdk.chat, prompt, ...fault(`status-${status}`) }),
  })),
  {
    name: 'error: a body that is no JSON',
    calls: 1,
    ...failed,
    run: (sdk) => sdk.ai.generateText({ model: sdk.chat, prompt, ...fault('garbage') }),
  },
  {
    name: 'error: aborted by a signal',
    calls: 1,
    ...failed,
    run: (sdk) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      return sdk.ai.generateText({
        model: sdk.chat,
        prompt,
        ...fault('silence'),
        abortSignal: controller.signal,
      });
    },
  },
  {
    name: 'doStream(): left with break',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (sdk) => {
      const { stream } = await streamOf(sdk, {});
      return { parts: (await first(stream, 3)).map(typeOf), classes: classes(stream) };
    },
  },
  {
    name: 'doStream(): cancelled by its reader',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (sdk) => {
      const reader = (await streamOf(sdk, {})).stream.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return typeOf(value);
    },
  },
  {
    name: 'doStream(): cancelled unread',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (sdk) => {
      const { stream } = await streamOf(sdk, {});
      await stream.cancel();
      return stream.locked;
    },
  },
  {
    name: 'doStream(): aborted unread',
    calls: 1,
    ends: 'aborted',
    usage: false,
    run: async (sdk) => {
      const controller = new AbortController();
      await streamOf(sdk, { abortSignal: controller.signal });
      controller.abort();
      return 'aborted';
    },
  },
  {
    name: 'doStream(): piped',
    calls: 1,
    run: async (sdk) => {
      const { stream } = await streamOf(sdk, {});
      const types = new TransformStream<unknown, string>({
        transform: (part, controller) => controller.enqueue(typeOf(part)),
      });
      return all(stream.pipeThrough(types));
    },
  },
  {
    name: 'doStream(): piped and left',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (sdk) => {
      const { stream } = await streamOf(sdk, {});
      return first(stream.pipeThrough(new TransformStream<unknown>()), 1).then((parts) =>
        parts.map(typeOf),
      );
    },
  },
  {
    name: 'doStream(): split in two',
    calls: 1,
    run: async (sdk) => {
      const [left, right] = (await streamOf(sdk, {})).stream.tee();
      const [a, b] = await Promise.all([all(left), all(right)]);
      return [a.map(typeOf), b.map(typeOf)];
    },
  },
  {
    name: 'doStream(): read when it is locked',
    calls: 1,
    ends: 'left_early',
    usage: false,
    run: async (sdk) => {
      const { stream } = await streamOf(sdk, {});
      const reader = stream.getReader();
      const seen = await stream.cancel().catch(describeError);
      await reader.cancel();
      return seen;
    },
  },
];

interface ModelOfSdk {
  doStream(options: object): Promise<{
    readonly stream: ReadableStream<unknown> & AsyncIterable<unknown>;
  }>;
}

/** What the SDK itself asks a model for. */
function streamOf({ chat }: AiSdk, options: object): ReturnType<ModelOfSdk['doStream']> {
  return (chat as unknown as ModelOfSdk).doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    ...options,
  });
}

function typeOf(part: unknown): string {
  return String((part as { type?: unknown } | undefined)?.type);
}

function weather({ ai }: AiSdk) {
  return ai.tool({
    description: 'The weather of a city',
    inputSchema: ai.jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
    }),
    execute: ({ city }: { city: string }) => `sunny in ${city}`,
  });
}

function answerSchema({ ai }: AiSdk) {
  return ai.jsonSchema<{ answer: number }>({
    type: 'object',
    properties: { answer: { type: 'number' } },
    required: ['answer'],
  });
}
