import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Body } from '../inference/client-call.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens } from '../inference/usage.js';
import type { ChatUsage } from './chat.js';

/** Parameters that have a name in the conventions. */
interface Parameters {
  readonly dimensions?: unknown;
}

function describeParameters(span: Span, body: Parameters): void {
  setParameter(span, genAi.embeddingsDimensionCount, body.dimensions);
}

/** Calls of `embeddings.create`. */
export const embeddingsFormat: CallFormat = {
  describe(span, request): void {
    const body = request as Body;
    describeParameters(span, body);
    const format = body['encoding_format'];
    if (typeof format === 'string') span.setAttribute(genAi.requestEncodingFormats, [format]);
  },
  response(given: unknown, answer: Answer): void {
    const { model, usage } = given as { model?: unknown; usage?: ChatUsage | null };
    if (typeof model === 'string') answer.model = model;
    if (usage !== null && usage !== undefined) {
      answer.usage = { inputTokens: tokens(usage.prompt_tokens) };
    }
  },
};
