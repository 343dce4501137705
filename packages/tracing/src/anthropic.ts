export { observeAnthropic } from './anthropic/observe-anthropic.js';

export type { ObserveOptions } from './inference/client-call.js';
