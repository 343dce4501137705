import type { Cause } from '../alert.js';
import { backoffMillis, type RetryOptions } from './backoff.js';
import { DeliveryError } from '../channels/channel.js';
import type { Delivery } from '../notification.js';
import type { Settlement } from '../store.js';
import type { Verdict } from '../noise/suppression.js';

/** So many failed attempts hold up what stands behind in the same stream; then order is given up for progress. */
const holdingAttempts = 5;

/** What becomes of a delivery of which nothing may be sent now; null: something is to be sent. */
export function unsent(delivery: Delivery, verdicts: readonly Verdict[]): Settlement | null {
  const waits = verdicts.flatMap((one) => (one.action === 'wait' ? [one.delayMillis] : []));
  if (waits.length > 0) {
    const delayMillis = Math.max(...waits);
    const cause = { kind: 'delivery', note: 'waits for company' } as const;
    return settlement(delivery, { kind: 'later', delayMillis, hold: true, event: null }, cause);
  }
  if (verdicts.some(({ action }) => action === 'send')) return null;
  const held = verdicts.find((verdict) => verdict.action === 'hold');
  if (held !== undefined) {
    const event = delivery.heldBack ? null : 'suppressed';
    const { delayMillis, cause } = held;
    return settlement(delivery, { kind: 'later', delayMillis, hold: false, event }, cause);
  }
  const dropped = verdicts.find((verdict) => verdict.action === 'drop');
  return settlement(delivery, { kind: 'suppressed' }, dropped?.cause ?? { kind: 'stale' });
}

/** The receiver took it; what was held back goes on as a delivery of its own. */
export function sent(
  delivery: Delivery,
  verdicts: readonly Verdict[],
  durationMillis: number,
): Settlement {
  const places = verdicts.flatMap(({ action }, place) => (action === 'hold' ? [place] : []));
  const held = verdicts.find((verdict) => verdict.action === 'hold');
  const outcome: Settlement['outcome'] =
    held === undefined
      ? { kind: 'delivered' }
      : { kind: 'delivered', heldBack: { places, delayMillis: held.delayMillis } };
  return settlement(delivery, outcome, delivered, durationMillis);
}

/** It failed: tried again later, or given up where that cannot help any more. `now` is the store's time. */
export function failed(
  delivery: Delivery,
  failure: Error,
  retry: Required<RetryOptions>,
  now: number,
  durationMillis: number,
): Settlement {
  const cause: Cause = { kind: 'delivery', note: failure.message.slice(0, 300) };
  const { retryAfterMillis = 0, permanent = false } =
    failure instanceof DeliveryError ? failure : {};
  const isTooOld = now - delivery.createdAt >= retry.giveUpAfterMillis;
  const outcome: Settlement['outcome'] =
    isTooOld || permanent
      ? { kind: 'abandoned' }
      : {
          kind: 'later',
          delayMillis: Math.max(backoffMillis(delivery.attempt, retry), retryAfterMillis),
          hold: delivery.attempt < holdingAttempts,
          event: 'failed',
        };
  const base = settlement(delivery, outcome, cause, durationMillis);
  return { ...base, pauseChannelMillis: retryAfterMillis };
}

/** It goes back to the store as if it had not been tried. */
export function givenBack(delivery: Delivery, durationMillis: number): Settlement {
  const outcome = { kind: 'later', delayMillis: 0, hold: true, event: null } as const;
  return settlement(delivery, outcome, { kind: 'delivery', note: 'stopped' }, durationMillis);
}

const delivered: Cause = { kind: 'delivery' };

function settlement(
  { id, lease }: Delivery,
  outcome: Settlement['outcome'],
  cause: Cause,
  durationMillis = 0,
): Settlement {
  return { id, lease, outcome, cause, durationMillis, pauseChannelMillis: 0 };
}
