import { createHmac, timingSafeEqual } from 'node:crypto';

/** Names of the headers of a webhook. */
export const webhookHeaders = {
  /** Unix seconds at which it was signed. */
  timestamp: 'x-alert-timestamp',
  /** `v1=` and the hexadecimal HMAC-SHA-256 of `<timestamp>.<body>`. */
  signature: 'x-alert-signature',
  /** The same at every attempt of one delivery. */
  idempotencyKey: 'idempotency-key',
} as const;

/** Signs a body at a time in Unix seconds. */
export function signWebhook(secret: string, timestampSeconds: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex');
  return `v1=${digest}`;
}

/** What a receiver has in hand. */
export interface WebhookProof {
  readonly secret: string;
  /** The raw body, before any parsing. */
  readonly body: string;
  /** Header `X-Alert-Timestamp`. */
  readonly timestamp: string | undefined;
  /** Header `X-Alert-Signature`. */
  readonly signature: string | undefined;
  /** How old or how far ahead the timestamp may be, seconds. Default 300. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the epoch. Default: now. */
  readonly now?: number;
}

/** Whether a webhook was signed with the secret, recently: for receivers. Compares in constant time. */
export function verifyWebhook(proof: WebhookProof): boolean {
  const { secret, body, timestamp, signature, toleranceSeconds = 300, now = Date.now() } = proof;
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) {
    return false;
  }
  const seconds = Number(timestamp);
  if (Math.abs(now / 1000 - seconds) > toleranceSeconds) return false;
  const expected = Buffer.from(signWebhook(secret, seconds, body));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
