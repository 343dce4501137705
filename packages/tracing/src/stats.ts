/** What the core entry has done in this process since it was loaded. */
export interface TracingStats {
  /** Requests whose incoming correlation id was taken. */
  readonly idsAccepted: number;
  /** Requests that carried an id which was not valid or not trusted. */
  readonly idsRejected: number;
  /** Correlation ids that were made here. */
  readonly idsGenerated: number;
  /** Calls of traced functions, whatever became of them. */
  readonly callsTraced: number;
  /** Calls of traced functions that threw or rejected. */
  readonly callsFailed: number;
  /** Model calls traced, whatever became of them. */
  readonly inferences: number;
  /** Model calls that failed or were aborted. */
  readonly inferencesFailed: number;
  /** Answers let go of unread and not aborted; their spans ended when memory was collected. */
  readonly inferencesAbandoned: number;
  /** Model calls that succeeded and told no usage. */
  readonly usageMissing: number;
  /** Faults inside this package or in a hook given to it; none of them reached the host. */
  readonly internalErrors: number;
}

type Counters = { -readonly [Name in keyof TracingStats]: TracingStats[Name] };

// Shared by all copies of the package, as the context is.
const key = Symbol.for('llm.tracing.stats.v1');
const shared = globalThis as { [key]?: Counters | undefined };

const counts: Counters = {
  idsAccepted: 0,
  idsRejected: 0,
  idsGenerated: 0,
  callsTraced: 0,
  callsFailed: 0,
  inferences: 0,
  inferencesFailed: 0,
  inferencesAbandoned: 0,
  usageMissing: 0,
  internalErrors: 0,
};

// A copy of an older version may have made an object that lacks some of them.
export const counters: Counters = (shared[key] = Object.assign(shared[key] ?? {}, {
  ...counts,
  ...shared[key],
}));

/** A snapshot of the counters of this process, all copies of the package together. */
export function stats(): TracingStats {
  return { ...counters };
}
