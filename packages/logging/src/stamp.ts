import type { Stamp } from './info.js';
import { currentIdentity } from './identity.js';

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
  const { correlation_id, tenant_id, trace_id, span_id } = currentIdentity();
  return { time, correlation_id, tenant_id, trace_id, span_id };
}
