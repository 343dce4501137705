export { observeOpenAI } from './openai/observe-openai.js';

export type { ObserveOptions } from './inference/client-call.js';
