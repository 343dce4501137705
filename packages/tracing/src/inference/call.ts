import type { Attributes } from '@opentelemetry/api';
import type { CallFormat } from './answer.js';
import type { Server } from './conventions.js';

/** What is known of a model call when it begins. */
export interface Call {
  readonly provider: string;
  readonly operation: string;
  readonly requestModel: string;
  readonly server: Server | undefined;
  /** Further attributes, for samplers to see. */
  readonly attributes: Attributes | undefined;
  readonly format: CallFormat;
  /** What is sent, also so that an error which repeats it is not recorded. */
  readonly sent: unknown;
  /** What aborts the call, where its stream does not tell. */
  readonly signal: AbortSignal | undefined;
}
