import winston, { type Logform } from 'winston';
import { currentIdentity, identityKeys } from './line/identity.js';

/** A winston format that can be used as it is, or called for one. */
export interface CorrelationFormat {
  (): Logform.Format;
  readonly transform: Logform.TransformFunction;
}

const transform: Logform.TransformFunction = (info) => {
  const identity = currentIdentity();
  for (const key of identityKeys) {
    const id = identity[key];
    if (id === undefined || info[key] === id) continue;
    // The request's own id wins; what the caller put under its name is kept beside it.
    if (info[key] !== undefined) info[`fields.${key}`] = info[key];
    info[key] = id;
  }
  return info;
};

/**
 * The winston format that adds `correlation_id`, `tenant_id`, `trace_id`, `span_id` and `trace_flags` of the
 * request and span in progress, for a logger of your own:
 * `format.combine(addCorrelationId(), format.json())`.
 */
export const addCorrelationId: CorrelationFormat = Object.assign(
  () => winston.format(transform)(),
  { transform },
);
