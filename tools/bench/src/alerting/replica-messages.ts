import type { AlertingStats, EscalationPolicies, RetryOptions } from '@llm/alerting';
import type { StoreAddress } from './store-address.js';

/** How a replica is set up, told as its first argument. */
export interface ReplicaSetup {
  /** Unique for every process, so that a receiver can tell who sent. */
  readonly name: string;
  readonly store: StoreAddress;
  readonly channels: readonly {
    readonly name: string;
    readonly url: string;
    readonly concurrency?: number;
    readonly timeoutMillis?: number;
  }[];
  readonly policies?: EscalationPolicies;
  readonly retry?: RetryOptions;
  /** Default: none is sent. */
  readonly heartbeat?: { readonly url: string };
  readonly leaseMillis?: number;
  readonly pollIntervalMillis?: number;
}

/** The header that names the replica which sent a request. */
export const replicaHeader = 'x-replica';

/** What a replica can be asked to do. */
export type ReplicaRequest =
  | {
      readonly call: 'raise';
      readonly key: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly occurrenceId: string;
    }
  | {
      readonly call: 'raiseMany';
      readonly prefix: string;
      readonly from: number;
      readonly to: number;
      readonly callers: number;
    }
  | { readonly call: 'acknowledge' | 'resolve'; readonly key: string; readonly episode: number }
  | { readonly call: 'stats' }
  | { readonly call: 'stop' };

/** The answer to `stats`. */
export interface ReplicaStats extends AlertingStats {
  /** The longest time for which its event loop did not turn, milliseconds. */
  readonly longestStallMillis: number;
}

/** How one attempt to deliver ended, as the replica that made it knows. */
export interface AttemptEnd {
  readonly deliveryId: string;
  readonly lease: string;
  /** `settled`: the store knows that it was delivered. `lost`: its lease was lost. */
  readonly end: 'settled' | 'lost';
}

/** What a replica tells without being asked, and its answers. */
export type ReplicaMessage =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'attempt' } & AttemptEnd)
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly message: string };
