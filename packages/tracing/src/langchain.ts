export { inferenceCallbacks } from './langchain/inference-callbacks.js';

export type {
  InferenceCallbacks,
  InferenceCallbacksOptions,
} from './langchain/inference-callbacks.js';
