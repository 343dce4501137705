export { observeOpenAI } from './openai/observe-openai.js';

export type { ObserveOpenAIOptions } from './openai/observe-openai.js';
