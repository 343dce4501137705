import type { CallFormat } from './answer.js';
import type { Server } from './conventions.js';

/** What is known of a model call when it begins. */
export interface Call {
  readonly provider: string;
  readonly operation: string;
  readonly requestModel: string;
  readonly server: Server | undefined;
  readonly format: CallFormat;
  /** What is sent, also so that an error which repeats it is not recorded. */
  readonly sent: unknown;
  /** What aborts the call, where its stream does not tell. */
  readonly signal: AbortSignal | undefined;
}
