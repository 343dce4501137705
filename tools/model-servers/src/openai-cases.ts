import { openAIChatCases } from './openai-chat-cases.js';
import { openAIErrorCases } from './openai-error-cases.js';
import { openAIOtherCases } from './openai-other-cases.js';
import { openAIStreamCases } from './openai-stream-cases.js';

/** What users do with a client of OpenAI's, in order and out of order. */
export const openAICases = [
  ...openAIChatCases,
  ...openAIStreamCases,
  ...openAIErrorCases,
  ...openAIOtherCases,
];
