import type { Answer, AnswerReader } from '../inference/answer.js';
import {
  modelOf,
  requestAttributes,
  type Body,
  type ClientCall,
} from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import type { Call } from '../inference/inference.js';
import { tokens } from '../inference/usage.js';
import type { ChatUsage } from './chat.js';

const parameters = [['dimensions', genAi.embeddingsDimensionCount]] as const;

/** A call of `embeddings.create`. */
export function describeEmbeddings(body: Body, about: ClientCall): Call {
  const attributes = requestAttributes(body, parameters, about);
  const format = body['encoding_format'];
  if (typeof format === 'string') attributes[genAi.requestEncodingFormats] = [format];
  return {
    provider: about.provider,
    operation: 'embeddings',
    requestModel: modelOf(body),
    attributes,
    reader,
    sent: body,
  };
}

const reader: AnswerReader = {
  response(given: unknown, answer: Answer): void {
    const { model, usage } = given as { model?: unknown; usage?: ChatUsage | null };
    if (typeof model === 'string') answer.model = model;
    if (usage !== null && usage !== undefined) {
      answer.usage = { inputTokens: tokens(usage.prompt_tokens) };
    }
  },
};
