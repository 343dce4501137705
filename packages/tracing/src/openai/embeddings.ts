import type { Answer, AnswerReader } from '../inference/answer.js';
import { genAi } from '../inference/conventions.js';
import type { Call } from '../inference/inference.js';
import { tokens } from '../inference/usage.js';
import type { ChatUsage } from './chat.js';
import type { OpenAICall } from './observe-openai.js';
import { modelOf, requestAttributes } from './request.js';

const parameters = [['dimensions', genAi.embeddingsDimensionCount]] as const;

/** A call of `embeddings.create`. */
export function describeEmbeddings(body: Record<string, unknown>, about: OpenAICall): Call {
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
