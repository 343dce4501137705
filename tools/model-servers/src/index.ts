export { startModelServer } from './model-server.js';
export { openAICases } from './openai-cases.js';
export { startOpenAIServer } from './openai-server.js';
export { observeOutcome } from './outcome.js';

export type { ClientCase } from './client-case.js';
export type { Exchange, Fault, ModelRequest, ModelServer } from './model-server.js';
export type { Outcome } from './outcome.js';
