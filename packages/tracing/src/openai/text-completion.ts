import type { Answer, AnswerReader } from '../inference/answer.js';
import {
  addStream,
  modelOf,
  requestAttributes,
  type Body,
  type ClientCall,
} from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import type { Call } from '../inference/inference.js';
import { chatUsage, partsOf, type ChatUsage } from './chat.js';

const parameters = [
  ['max_tokens', genAi.requestMaxTokens],
  ['temperature', genAi.requestTemperature],
  ['top_p', genAi.requestTopP],
  ['frequency_penalty', genAi.requestFrequencyPenalty],
  ['presence_penalty', genAi.requestPresencePenalty],
  ['seed', genAi.requestSeed],
] as const;

/** A call of `completions.create`, which continues a text. */
export function describeTextCompletion(body: Body, about: ClientCall): Call {
  const { prompt } = body;
  const attributes = requestAttributes(body, parameters, about);
  addStream(attributes, body);
  return {
    provider: about.provider,
    operation: 'text_completion',
    requestModel: modelOf(body),
    attributes,
    reader,
    sent: body,
    content: () => ({ messages: [{ role: 'user', parts: partsOf(prompt) }] }),
  };
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

const reader: AnswerReader = { response: read, chunk: read, finishes: true };

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
