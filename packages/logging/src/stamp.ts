import { context } from '@opentelemetry/api';
import type { Stamp } from './info.js';
import { fillIdentity } from './identity.js';

/** Tells the time in milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** The time and the ids of this moment. */
export function takeStamp(clock: Clock): Stamp {
  let time: number;
  try {
    time = clock.now();
  } catch {
    time = Date.now();
  }
  return fillIdentity({
    time,
    context: context.active(),
    correlation_id: undefined,
    tenant_id: undefined,
    trace_id: undefined,
    span_id: undefined,
    trace_flags: undefined,
  });
}
