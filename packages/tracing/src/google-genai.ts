export { observeGoogleGenAI } from './google-genai/observe-google-genai.js';

export type { ObserveOptions } from './inference/client-call.js';
