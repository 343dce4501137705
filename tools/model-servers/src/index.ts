export { aiSdkCases } from './ai-sdk-cases.js';
export { anthropicCases } from './anthropic-cases.js';
export { startAnthropicServer } from './anthropic-server.js';
export { googleCases } from './google-cases.js';
export { startGoogleServer } from './google-server.js';
export { langChainCases } from './langchain-cases.js';
export { startModelServer } from './model-server.js';
export { openAICases } from './openai-cases.js';
export { startOpenAIServer } from './openai-server.js';
export { observeOutcome } from './outcome.js';

export type { AiSdk } from './ai-sdk-cases.js';
export type { ClientCase } from './client-case.js';
export type { LangChain } from './langchain-cases.js';
export type { Exchange, Fault, ModelRequest, ModelServer } from './model-server.js';
export type { Outcome } from './outcome.js';
