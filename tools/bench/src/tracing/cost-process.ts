/** Measures one cost of tracing model calls: `cost-process.js <job as JSON>`. */
import { fork } from 'node:child_process';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { traceInference } from '@llm/tracing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { observeOpenAI } from '@llm/tracing/openai';
import { SpanKind, trace, type Span } from '@opentelemetry/api';
import OpenAI from 'openai';
import { quantile } from '../figures.js';
import { givenJob, tell } from '../fresh-process.js';
import { chat, localClient, sentChunks, sentEnd, setUpSdk, takeRecords } from './model-client.js';

export type CostSubject =
  'chunk' | 'retained' | 'first chunk' | 'call' | 'streamless client call' | 'call without an SDK';

export interface CostJob {
  readonly subject: CostSubject;
  readonly rounds: number;
  /** Of open streams: what is done about them. */
  readonly way?: 'bare' | 'records' | 'spans and records' | 'bare spans' | undefined;
}

export interface CostResult {
  /** One for each round. */
  readonly values: readonly number[];
}

/** So many that what a round begins with, a heap just collected, is no part of what is measured. */
const callsOfRound = 300_000;

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** CPU µs that a chunk costs more with the wrapper, an SDK and a subscriber. */
async function chunk(rounds: number): Promise<number[]> {
  setUpSdk();
  takeRecords();
  const batch = sentChunks(100);
  const batches = 200;
  const clients = [false, true].map((wrapped) =>
    localClient(wrapped, () => {
      let sent = 0;
      return new ReadableStream({
        pull(controller) {
          if (sent++ < batches) controller.enqueue(batch);
          else {
            controller.enqueue(sentEnd);
            controller.close();
          }
        },
      });
    }),
  );
  const run = async (client: OpenAI): Promise<number> => {
    const startedAt = cpuMicros();
    let chunks = 0;
    for await (const { choices } of await client.chat.completions.create(chat)) {
      chunks += choices.length;
    }
    return (cpuMicros() - startedAt) / chunks;
  };
  return differences(clients, rounds, run);
}

/** What the second costs more than the first, round by round, taken in turns. */
async function differences<T>(
  [bare, wrapped]: readonly T[],
  rounds: number,
  run: (subject: T) => Promise<number>,
): Promise<number[]> {
  const values: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const first = await run((round % 2 === 0 ? bare : wrapped) as T);
    const second = await run((round % 2 === 0 ? wrapped : bare) as T);
    if (round >= 0) values.push(round % 2 === 0 ? second - first : first - second);
  }
  return values;
}

/** Bytes of heap for each of 10,000 streams of which one chunk has been read. */
async function retained(way: NonNullable<CostJob['way']>): Promise<number[]> {
  if (way === 'spans and records' || way === 'bare spans') setUpSdk();
  if (way === 'records' || way === 'spans and records') takeRecords();
  const first = sentChunks(1);
  const client = localClient(
    way === 'records' || way === 'spans and records',
    () => new ReadableStream({ start: (controller) => controller.enqueue(first) }),
  );
  const count = 10_000;
  const held: unknown[] = new Array<unknown>(count);
  const open = async (at: number): Promise<void> => {
    const ask = () => client.chat.completions.create(chat);
    const tracer = trace.getTracer('bench');
    let span: Span | undefined;
    const stream = await (way === 'bare spans'
      ? tracer.startActiveSpan(
          'chat gpt-4o',
          { kind: SpanKind.CLIENT, attributes: requestAttributes() },
          (active) => {
            span = active;
            return ask();
          },
        )
      : ask());
    const steps = stream[Symbol.asyncIterator]();
    await steps.next();
    held[at] = [stream, steps, span];
  };
  // What is made once, such as compiled code, is not a stream's.
  for (let at = 0; at < 500; at++) await open(at);
  held.fill(undefined);
  const before = await settledHeap();
  for (let at = 0; at < count; at++) await open(at);
  const bytes = ((await settledHeap()) - before) / count;
  return held.length === count ? [bytes] : [];
}

async function settledHeap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

function requestAttributes(): Record<string, string | number | boolean> {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.stream': true,
    'server.address': '127.0.0.1',
    'server.port': 1,
  };
}

/** Milliseconds that the 99th percentile of the time to the first chunk is later, over HTTP. */
async function firstChunk(rounds: number): Promise<number[]> {
  setUpSdk();
  takeRecords();
  const server = fork(new URL('./stream-server.js', import.meta.url));
  const url = await new Promise<string>((resolve) => server.once('message', resolve));
  const newClient = (): OpenAI => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1` });
  const clients = [newClient(), observeOpenAI(newClient())] as const;
  const timed = async (client: OpenAI): Promise<number> => {
    const startedAt = performance.now();
    let first = NaN;
    const stream = await client.chat.completions.create(chat);
    for await (const { choices } of stream) {
      if (choices.length > 0 && Number.isNaN(first)) first = performance.now() - startedAt;
    }
    return first;
  };
  const values: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < 1000; i++) {
      // In turns, so that whatever else the machine does meets both.
      for (const at of i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        times[at].push(await timed(clients[at]));
      }
    }
    if (round >= 0) values.push(quantile(times[1], 0.99) - quantile(times[0], 0.99));
  }
  server.kill();
  return values;
}

const answer = {
  responseModel: 'gpt-4o-2024-08-06',
  responseId: 'chatcmpl-1',
  finishReasons: ['stop'],
  usage: { inputTokens: 12, outputTokens: 5 },
};

/** CPU of `traceInference` as a multiple of `startActiveSpan` with the same attributes. */
async function call(rounds: number): Promise<number[]> {
  const tracer = setUpSdk().getTracer('@llm/tracing');
  const attributes = { 'gen_ai.request.temperature': 0.5 };
  const traced = (): Promise<number> =>
    traceInference(
      {
        provider: 'openai',
        requestModel: 'gpt-4o',
        serverAddress: '127.0.0.1',
        serverPort: 1,
        attributes,
      },
      (inference) => {
        inference.setResponse(answer);
        return Promise.resolve(1);
      },
    );
  const raw = (): Promise<number> =>
    tracer.startActiveSpan(
      'chat gpt-4o',
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'gen_ai.request.temperature': 0.5,
          'server.address': '127.0.0.1',
          'server.port': 1,
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o',
        },
      },
      async (span) => {
        try {
          const value = await Promise.resolve(1);
          span.setAttributes({
            'gen_ai.response.model': answer.responseModel,
            'gen_ai.response.id': answer.responseId,
            'gen_ai.response.finish_reasons': answer.finishReasons,
            'gen_ai.usage.input_tokens': 12,
            'gen_ai.usage.output_tokens': 5,
          });
          return value;
        } finally {
          span.end();
        }
      },
    );
  const values: number[] = [];
  for (let round = -3; round < rounds; round++) {
    const first = await microsOf(round % 2 === 0 ? raw : traced, callsOfRound);
    const second = await microsOf(round % 2 === 0 ? traced : raw, callsOfRound);
    if (round >= 0) values.push(round % 2 === 0 ? second / first : first / second);
  }
  return values;
}

/** CPU of an observed method as a multiple of `startActiveSpan` with the same attributes. */
async function clientCall(rounds: number): Promise<number[]> {
  const tracer = setUpSdk().getTracer('@llm/tracing');
  const completion = {
    id: answer.responseId,
    model: answer.responseModel,
    choices: [{ index: 0, finish_reason: 'stop', message: { content: 'hi' } }],
    usage: { prompt_tokens: 12, completion_tokens: 5 },
  };
  const body = { model: 'gpt-4o', temperature: 0.5 };
  const newClient = () => ({
    baseURL: 'http://127.0.0.1:1/v1',
    chat: { completions: { create: (asked: unknown) => Promise.resolve(asked && completion) } },
  });
  const [observed, bare] = [observeOpenAI(newClient()), newClient()];
  const traced = (): Promise<unknown> => observed.chat.completions.create(body);
  const raw = (): Promise<unknown> =>
    tracer.startActiveSpan(
      'chat gpt-4o',
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'server.address': '127.0.0.1',
          'server.port': 1,
          'gen_ai.request.temperature': 0.5,
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o',
        },
      },
      async (span) => {
        try {
          await bare.chat.completions.create(body);
          span.setAttributes({
            'gen_ai.response.model': completion.model,
            'gen_ai.response.id': completion.id,
            'gen_ai.response.finish_reasons': ['stop'],
            'gen_ai.usage.input_tokens': 12,
            'gen_ai.usage.output_tokens': 5,
          });
        } finally {
          span.end();
        }
      },
    );
  const values: number[] = [];
  for (let round = -3; round < rounds; round++) {
    const first = await microsOf(round % 2 === 0 ? raw : traced, callsOfRound);
    const second = await microsOf(round % 2 === 0 ? traced : raw, callsOfRound);
    if (round >= 0) values.push(round % 2 === 0 ? second / first : first / second);
  }
  return values;
}

async function microsOf(run: () => Promise<unknown>, count: number): Promise<number> {
  globalThis.gc?.();
  const startedAt = cpuMicros();
  for (let i = 0; i < count; i++) await run();
  return (cpuMicros() - startedAt) / count;
}

/** CPU ns that `traceInference` adds to a call when there is neither an SDK nor a subscriber. */
function callWithoutSdk(rounds: number): number[] {
  const options = { provider: 'openai', requestModel: 'gpt-4o' };
  let made = 0;
  const work = (): number => ++made;
  const count = 1_000_000;
  const nanosOf = (run: () => number): number => {
    const startedAt = cpuMicros();
    for (let i = 0; i < count; i++) run();
    return ((cpuMicros() - startedAt) * 1000) / count;
  };
  const traced = (): number => traceInference(options, work);
  const values: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const bare = nanosOf(work);
    const nanos = nanosOf(traced) - bare;
    if (round >= 0) values.push(nanos);
  }
  return made > 0 ? values : [];
}

const { subject, rounds, way } = givenJob() as CostJob;
const measures: Record<CostSubject, () => Promise<number[]>> = {
  chunk: () => chunk(rounds),
  retained: () => retained(way ?? 'bare'),
  'first chunk': () => firstChunk(rounds),
  call: () => call(rounds),
  'streamless client call': () => clientCall(rounds),
  'call without an SDK': () => Promise.resolve(callWithoutSdk(rounds)),
};
tell({ values: await measures[subject]() }, () => process.exit());
