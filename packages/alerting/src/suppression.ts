import type { Cause } from './alert.js';
import type { ClaimedNotification, Delivery } from './notification.js';
import { silencedBy, type Silence } from './silence.js';

/** What to do with one notification: send it, hold it back and look again, or drop it for good. */
export type Verdict =
  | { readonly action: 'send' }
  | { readonly action: 'hold'; readonly cause: Cause; readonly delayMillis: number }
  | { readonly action: 'drop'; readonly cause: Cause };

/** What a verdict is based on. */
export interface SuppressionContext {
  /** The store's time. */
  readonly now: number;
  readonly silences: readonly Silence[];
  /** Whether this channel was told of this episode before. */
  readonly wasTold: (notification: ClaimedNotification, channel: string) => Promise<boolean>;
}

/** What is held back is looked at again at least so often: a silence may be removed. */
const longestHoldMillis = 60_000;

const send: Verdict = { action: 'send' };

/**
 * Judges a notification when it is about to be sent.
 *
 * Pages (`initial`, `worsened`, `escalated`) under a silence are held back, and sent when the silence
 * has ended and the alert is still firing in the same episode. A reminder under a silence is dropped.
 * The end of an incident passes a silence when the channel was told of its beginning, so that no
 * incident stays open at the receiver.
 */
export async function judge(
  notification: ClaimedNotification,
  delivery: Delivery,
  { now, silences, wasTold }: SuppressionContext,
): Promise<Verdict> {
  const { alert, current, kind } = notification;
  const firing = current?.status === 'firing' && current.episode === alert.episode;
  if (kind === 'reminder' && !firing) return drop('stale', 'no longer firing');
  if (delivery.heldBack && !firing) return drop('stale', 'no longer firing when it could be sent');
  const silence = silencedBy(silences, alert, now);
  if (silence === undefined) return send;
  const note = `silence ${silence.id} by ${silence.by}`;
  if (kind === 'reminder') return drop('silence', note);
  if (kind === 'acknowledged' || kind === 'resolved') {
    const told = await wasTold(notification, delivery.channel);
    return told ? send : drop('silence', note);
  }
  const rest = silence.endsAt === null ? longestHoldMillis : silence.endsAt - now;
  const delayMillis = Math.max(1, Math.min(rest, longestHoldMillis));
  return { action: 'hold', cause: { kind: 'silence', note }, delayMillis };
}

function drop(kind: 'stale' | 'silence', note: string): Verdict {
  return { action: 'drop', cause: { kind, note } };
}
