export const destinations = ['otlp', 'otlp-json', 'jaeger', 'jaeger-http'] as const;
export type Destination = (typeof destinations)[number];

/** What a process that makes spans is to do. */
export interface BurstJob {
  /** Where the spans go; undefined: to an exporter that does nothing. */
  readonly destination: Destination | undefined;
  readonly url: string | undefined;
  readonly port: number | undefined;
  /** Spans in one tick; then it ends. */
  readonly burst: number;
  /** Spans a second, for so many seconds. */
  readonly rate: number;
  readonly seconds: number;
}

/** What such a process has seen. */
export interface BurstResult {
  readonly made: number;
  readonly exported: number;
  readonly failed: number;
  readonly dropped: number;
  readonly queued: number;
  /** Of which `onDrop` was told. */
  readonly told: number;
  /** Message of the latest failure. */
  readonly lastError: string;
  /** Heap and memory outside of it at their highest, in megabytes above the start. */
  readonly peakMegabytes: number;
  /** Milliseconds of requests to the service in the same process. */
  readonly p50: number;
  readonly p99: number;
  /** CPU microseconds of the process for each span. */
  readonly cpuMicros: number;
}
