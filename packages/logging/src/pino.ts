export { correlationMixin } from './pino/correlation-mixin.js';
export { pinoOptions } from './pino/pino-options.js';

export type { PinoAdditions, PinoMaskingOptions, PinoOptionsLike } from './pino/pino-options.js';
