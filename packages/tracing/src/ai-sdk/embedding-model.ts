import type { Answer, CallFormat } from '../inference/answer.js';
import { tokens } from '../inference/usage.js';

/** Calls of a model's `doEmbed`. */
export const embeddingModelFormat: CallFormat = {
  response(given: unknown, answer: Answer): void {
    const { usage } = given as { usage?: { tokens?: unknown } };
    const inputTokens = tokens(usage?.tokens);
    if (inputTokens !== undefined) answer.usage = { inputTokens };
  },
};
