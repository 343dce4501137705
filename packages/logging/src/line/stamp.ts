import { context } from '@opentelemetry/api';
import type { Stamp } from './info.js';
import { fillIdentity } from './identity.js';

/** Tells the time in milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** The time and the ids of this moment. @param withContext for transports that look at OpenTelemetry's context themselves */
export function takeStamp(clock: Clock, withContext = true): Stamp {
  let time: number;
  try {
    time = clock.now();
  } catch {
    time = Date.now();
  }
  return fillIdentity({
    time,
    context: withContext ? context.active() : undefined,
    correlation_id: undefined,
    tenant_id: undefined,
    trace_id: undefined,
    span_id: undefined,
    trace_flags: undefined,
  });
}
