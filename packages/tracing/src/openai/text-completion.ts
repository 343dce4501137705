import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Body } from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { chatUsage, partsOf, type ChatUsage } from './chat.js';

/** Parameters that have a name in the conventions. */
interface Parameters {
  readonly max_tokens?: unknown;
  readonly temperature?: unknown;
  readonly top_p?: unknown;
  readonly frequency_penalty?: unknown;
  readonly presence_penalty?: unknown;
  readonly seed?: unknown;
  readonly stream?: unknown;
}

function describeParameters(span: Span, body: Parameters): void {
  setParameter(span, genAi.requestMaxTokens, body.max_tokens);
  setParameter(span, genAi.requestTemperature, body.temperature);
  setParameter(span, genAi.requestTopP, body.top_p);
  setParameter(span, genAi.requestFrequencyPenalty, body.frequency_penalty);
  setParameter(span, genAi.requestPresencePenalty, body.presence_penalty);
  setParameter(span, genAi.requestSeed, body.seed);
  setParameter(span, genAi.requestStream, body.stream);
}

interface TextCompletion {
  readonly model?: unknown;
  readonly id?: unknown;
  readonly choices?: readonly {
    readonly index?: number;
    readonly text?: unknown;
    readonly finish_reason?: unknown;
  }[];
  readonly usage?: ChatUsage | null;
}

/** Calls of `completions.create`, which continue a text. */
export const textCompletionFormat: CallFormat = {
  describe: (span, request) => describeParameters(span, request as Body),
  content: (request) => ({
    messages: [{ role: 'user', parts: partsOf((request as Body)['prompt']) }],
  }),
  response: read,
  chunk: read,
  finishes: true,
};

function read(given: unknown, answer: Answer): void {
  const { model, id, choices, usage } = given as TextCompletion;
  if (typeof model === 'string') answer.model ??= model;
  if (typeof id === 'string') answer.id ??= id;
  for (const choice of choices ?? []) {
    answer.finish(choice.finish_reason, choice.index);
    answer.content?.text(choice.text, choice.index);
  }
  if (usage !== null && usage !== undefined) answer.usage = chatUsage(usage);
}
