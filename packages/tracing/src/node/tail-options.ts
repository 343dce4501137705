/** Which traces are kept although they were not sampled. */
export interface AlwaysKeepOptions {
  /** Traces in which a span failed. Default true. */
  readonly errors?: boolean | undefined;
  /** Traces whose first span in this process took longer, in milliseconds. Default: none for that. */
  readonly slowerThanMillis?: number | undefined;
  /** Spans that may wait for the end of their traces; beyond that the oldest trace is given up. Default 20000. */
  readonly maxWaitingSpans?: number | undefined;
}

export interface TailPlan {
  readonly errors: boolean;
  readonly slowerThanMillis: number;
  readonly maxWaitingSpans: number;
}

/** What the rule has done. */
export interface TailStats {
  /** Spans that wait for the end of their traces. */
  readonly waiting: number;
  /** Traces kept by the rule. */
  readonly kept: number;
  /** Traces that ended without an error and in time. */
  readonly discarded: number;
  /** Traces given up because too many spans waited. */
  readonly evicted: number;
}
