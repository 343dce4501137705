import type { ClaimedNotification, Delivery } from '../notification.js';
import type { Silence } from '../noise/silence.js';
import type { AlertStore, ClaimOutcome } from '../store.js';
import { judge, type Holdbacks, type Verdict } from '../noise/suppression.js';

/** Every notification is sent. */
const sendAll: readonly Verdict[] = [{ action: 'send' }];

/** A delivery with what is sent of it. */
export function sendable(delivery: Delivery, verdicts: readonly Verdict[]): Delivery {
  if (verdicts === sendAll) return delivery;
  const isSent = (_: unknown, place: number): boolean => verdicts[place]?.action === 'send';
  return { ...delivery, notifications: delivery.notifications.filter(isSent) };
}

/** Judges what is about to be sent, with the silences that the latest claim brought. */
export class DeliveryJudge {
  readonly #store: AlertStore;
  readonly #holdbacks: Holdbacks;
  #silences: readonly Silence[] = [];
  #silencesVersion: string | null = null;

  constructor(store: AlertStore, holdbacks: Holdbacks) {
    this.#store = store;
    this.#holdbacks = holdbacks;
  }

  /** The version of the silences that are known. */
  get silencesVersion(): string | null {
    return this.#silencesVersion;
  }

  /** Takes over the silences of a claim. */
  learn({ silences, silencesVersion }: ClaimOutcome): void {
    this.#silencesVersion = silencesVersion;
    if (silences !== null) this.#silences = silences;
  }

  /** A verdict for each notification, in order; `now` is the store's time. */
  async verdicts(delivery: Delivery, now: number): Promise<readonly Verdict[]> {
    if (this.#isPlain(delivery)) return sendAll;
    const context = {
      now,
      silences: this.#silences,
      holdbacks: this.#holdbacks,
      wasTold: (notification: ClaimedNotification, channel: string) =>
        this.#wasTold(notification, channel),
    };
    const verdicts: Verdict[] = [];
    for (const notification of delivery.notifications) {
      verdicts.push(await judge(notification, delivery, context));
    }
    return verdicts;
  }

  /** Nothing can hold it back: there is nothing to ask. */
  #isPlain({ heldBack, notifications }: Delivery): boolean {
    if (heldBack || this.#silences.length > 0 || !this.#holdbacks.isEmpty) return false;
    return notifications.every(({ kind }) => kind !== 'reminder');
  }

  async #wasTold({ alert }: ClaimedNotification, channel: string): Promise<boolean> {
    const { items } = await this.#store.history(alert.id, { limit: 1000, cursor: null });
    return items.some(
      ({ event, episode, delivery }) =>
        event === 'delivered' && episode === alert.episode && delivery?.channel === channel,
    );
  }
}
