import type { Delivery } from '../notification.js';

/**
 * A way to tell people. One file per channel: an object with a name and `send`.
 *
 * `send` is called at least once per delivery and possibly again with the same `delivery.id`: pass it
 * on as the receiver's idempotency key where there is one. Look at `notification.current` when order
 * matters to the receiver: the alert may have been resolved since.
 */
export interface Channel {
  /** What policies call it. */
  readonly name: string;
  /** How many deliveries are sent at a time. Default 8. */
  readonly concurrency?: number;
  /** How long one `send` may take before it is aborted, milliseconds. Default 10 000. */
  readonly timeoutMillis?: number;
  /** No more than so many deliveries in so long, over all replicas, evenly spaced. Default: no limit. */
  readonly rate?: { readonly count: number; readonly intervalMillis: number };
  /** Sends, or rejects: with a `DeliveryError` to say when to try again. Ends early when `signal` aborts. */
  send(delivery: Delivery, context: SendContext): Promise<void>;
  /** Lets go of connections. */
  close?(): Promise<void>;
}

/** What a channel is given beside the delivery. */
export interface SendContext {
  /** Aborts when the time is over, the lease is lost, or the system stops. */
  readonly signal: AbortSignal;
  /** The clock to stamp with. */
  readonly now: () => number;
}

/** Why a delivery failed. */
export interface DeliveryErrorOptions {
  /** The receiver's wish: neither this nor any other delivery of the channel goes earlier. */
  readonly retryAfterMillis?: number;
  /** Trying again cannot help: the delivery is abandoned, recorded and counted. Default false. */
  readonly permanent?: boolean;
  readonly cause?: unknown;
}

/** A delivery that failed; its message is recorded in the alert's history, so it must carry no secret. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly retryAfterMillis: number | undefined;
  readonly permanent: boolean;

  constructor(message: string, options: DeliveryErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMillis = options.retryAfterMillis;
    this.permanent = options.permanent ?? false;
  }
}
