// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { traceInference } from '@llm/tracing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { observeOpenAI } from '@llm/tracing/openai';
import { SpanKind } from '@opentelemetry/api';
import { cpuMicros } from './cpu-micros.js';
import { setUpSdk } from './model-client.js';

/** So many that what a round begins with, a heap just collected, is no part of what is measured. */
const callsOfRound = 300_000;

const answer = {
  responseModel: 'gpt-4o-2024-08-06',
  responseId: 'chatcmpl-1',
  finishReasons: ['stop'],
  usage: { inputTokens: 12, outputTokens: 5 },
};

/** CPU of `traceInference` as a multiple of `startActiveSpan` with the same attributes. */
export async function inferenceCost(rounds: number): Promise<number[]> {
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
export async function observedMethodCost(rounds: number): Promise<number[]> {
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
export function costWithoutSdk(rounds: number): number[] {
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
