/** Decides which one of several replicas monitors. */
export interface MonitorLease {
  /** How long a replica is the one after `acquire` said so, milliseconds. */
  readonly durationMillis: number;
  /** Takes the lease if nobody holds it, or holds it for longer; true: it is this replica's. */
  acquire(): Promise<boolean>;
  /** Lets another replica take it at once; nothing happens if this one does not hold it. */
  release(): Promise<void>;
}
