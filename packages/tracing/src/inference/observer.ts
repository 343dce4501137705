/** What is told of a call whose result is watched. Nothing that it does throws. */
export interface Observer {
  /** Steps of a stream that its reader waits for. */
  pendingSteps: number;
  /** Lets go of what watches the stream; called when the call has ended. */
  onEnd: (() => void) | undefined;
  /** What aborts the call, where its stream does not tell. */
  readonly signal: AbortSignal | undefined;
  /** The result is a stream. */
  streams(): void;
  /** A whole result. */
  respond(value: unknown): void;
  /** A chunk of a stream. */
  chunk(value: unknown): void;
  /** The result is there, or has been read to its end. */
  succeed(): void;
  /** A stream was left by its reader. */
  leave(): void;
  /** A stream was aborted. */
  abort(): void;
  /** A stream was let go of. */
  abandon(): void;
  fail(error: unknown): void;
  /** Runs what belongs to the call. */
  enter<T>(fn: () => T): T;
}
