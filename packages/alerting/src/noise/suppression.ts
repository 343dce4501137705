import type { Alert, Cause } from '../alert.js';
import type { ClaimedNotification, Delivery, NotificationKind } from '../notification.js';
import { silencedBy, type Silence } from './silence.js';

/** What to do with one notification: send it, let it wait for company, hold it back and look again, or drop it for good. */
export type Verdict =
  | { readonly action: 'send' }
  | { readonly action: 'wait'; readonly delayMillis: number }
  | { readonly action: 'hold'; readonly cause: Cause; readonly delayMillis: number }
  | { readonly action: 'drop'; readonly cause: Cause };

/** What holds pages back beside silences. */
export interface Holdbacks {
  /** There is nothing that could. */
  readonly isEmpty: boolean;
  /** Which other alert holds this one back; null: none. */
  inhibitedBy(alert: Alert): Promise<Cause | null>;
  /** How long a page waits for company, from its decision on. */
  waitMillis(alert: Alert): number;
}

/** What a verdict is based on. */
export interface SuppressionContext {
  /** The store's time. */
  readonly now: number;
  readonly silences: readonly Silence[];
  readonly holdbacks: Holdbacks;
  /** Whether this channel was told of this episode before. */
  readonly wasTold: (notification: ClaimedNotification, channel: string) => Promise<boolean>;
}

/** What is held back is looked at again at least so often: a silence may be removed. */
const longestHoldMillis = 60_000;

const send: Verdict = { action: 'send' };

/**
 * Judges a notification when it is about to be sent.
 *
 * Pages (`initial`, `worsened`, `escalated`) under a silence, or of an alert that another one inhibits,
 * are held back, and sent when that has ended and the alert is still firing in the same episode. A
 * reminder is dropped instead. The end of an incident passes when the channel was told of its
 * beginning, so that no incident stays open at the receiver.
 */
export async function judge(
  notification: ClaimedNotification,
  delivery: Delivery,
  { now, silences, holdbacks, wasTold }: SuppressionContext,
): Promise<Verdict> {
  const { alert, current, kind } = notification;
  const firing = current?.status === 'firing' && current.episode === alert.episode;
  if (kind === 'reminder' && !firing) return stale('no longer firing');
  if (delivery.heldBack && !firing) return stale('no longer firing when it could be sent');
  const silence = silencedBy(silences, alert, now);
  const cause = silence === undefined ? await holdbacks.inhibitedBy(alert) : silenceCause(silence);
  if (cause === null) {
    const wait = isPage(kind) ? notification.at + holdbacks.waitMillis(alert) - now : 0;
    return wait > 0 ? { action: 'wait', delayMillis: wait } : send;
  }
  if (kind === 'reminder') return { action: 'drop', cause };
  if (!isPage(kind)) {
    const told = await wasTold(notification, delivery.channel);
    return told ? send : { action: 'drop', cause };
  }
  const rest = (silence?.endsAt ?? Infinity) - now;
  const delayMillis = Math.max(1, Math.min(rest, longestHoldMillis));
  return { action: 'hold', cause, delayMillis };
}

/** Whether it calls somebody, rather than telling how things went on. */
function isPage(kind: NotificationKind): boolean {
  return kind === 'initial' || kind === 'worsened' || kind === 'escalated';
}

/** The silence as the reason for the history. */
export function silenceCause({ id, by }: Silence): Cause {
  return { kind: 'silence', note: `silence ${id} by ${by}` };
}

function stale(note: string): Verdict {
  return { action: 'drop', cause: { kind: 'stale', note } };
}
