import { createHmac } from 'node:crypto';
import type { Alert } from '../alert.js';
import { systemClock, type Clock } from '../clock.js';
import { AlertingConfigError } from '../configuration.js';
import { durationMillis, type Duration } from '../duration.js';
import { checkedSecrets, isSignedBy, type SigningSecret } from '../http/signing-secret.js';

/** What a link does when it is confirmed. */
export type AckAction = 'acknowledge' | 'resolve';

/** How links are made. */
export interface AckLinksOptions {
  /** At least 32 characters, the same on all replicas. */
  readonly secret: SigningSecret;
  /** Where `acknowledgementHandler` is reached from outside: `https://alerts.example.com/acknowledge`. */
  readonly baseUrl: string | URL;
  /** Default 24 hours; escalations and reminders carry fresh links. */
  readonly validFor?: Duration;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** What a link says, once it is known to be ours. */
export type LinkVerdict =
  { readonly kind: 'forged' } | { readonly kind: 'expired' | 'valid'; readonly claim: LinkClaim };

/** What a link is for: one action on one episode of one alert. */
export interface LinkClaim {
  readonly alertId: string;
  readonly episode: number;
  readonly action: AckAction;
  /** Unix seconds. */
  readonly expires: number;
}

/**
 * Links to acknowledge an alert from wherever a page arrives, without signing in: whoever has the
 * link may use it. It is signed, ends, and is good for one episode only.
 */
export class AckLinks {
  readonly #secrets: readonly [string, ...string[]];
  readonly #baseUrl: URL;
  readonly #validMillis: number;
  readonly #clock: Clock;

  /** @throws AlertingConfigError naming the option and the value that cannot work. */
  constructor({ secret, baseUrl, validFor = '24h', clock = systemClock }: AckLinksOptions) {
    this.#secrets = checkedSecrets('secret', secret, 32);
    this.#baseUrl = checkedBaseUrl(baseUrl);
    this.#validMillis = durationMillis('validFor', validFor, 1000);
    this.#clock = clock;
  }

  /** The link for an alert as it is now; can be handed to a channel as it is: `link: links.link`. */
  readonly link = (
    alert: Pick<Alert, 'id' | 'episode'>,
    action: AckAction = 'acknowledge',
  ): string => {
    const expires = Math.floor((this.#clock.now() + this.#validMillis) / 1000);
    const claim = { alertId: alert.id, episode: alert.episode, action, expires };
    const url = new URL(this.#baseUrl);
    url.searchParams.set('alert', claim.alertId);
    url.searchParams.set('episode', String(claim.episode));
    url.searchParams.set('action', claim.action);
    url.searchParams.set('expires', String(claim.expires));
    const hmac = createHmac('sha256', this.#secrets[0]).update(signed(claim));
    url.searchParams.set('signature', hmac.digest('hex'));
    return url.href;
  };

  /** What a link's query says. Anything that was not signed here, whole, is forged. */
  verify(query: URLSearchParams): LinkVerdict {
    const [alertId, episode, action, expires, signature] = [
      query.get('alert'),
      query.get('episode'),
      query.get('action'),
      query.get('expires'),
      query.get('signature'),
    ];
    if (alertId === null || signature === null) return forged;
    if (!isAction(action)) return forged;
    if (!isCount(episode) || !isCount(expires)) return forged;
    const claim: LinkClaim = {
      alertId,
      episode: Number(episode),
      action,
      expires: Number(expires),
    };
    if (!isSignedBy(this.#secrets, [signed(claim)], signature)) return forged;
    const kind = this.#clock.now() / 1000 >= claim.expires ? 'expired' : 'valid';
    return { kind, claim };
  }
}

const forged = { kind: 'forged' } as const;

/** Says what it is, so that a secret that signs other things too cannot be turned on us. */
function signed({ alertId, episode, action, expires }: LinkClaim): string {
  return JSON.stringify(['llm-alerting-link-1', alertId, episode, action, expires]);
}

function isAction(text: string | null): text is AckAction {
  return text === 'acknowledge' || text === 'resolve';
}

function isCount(text: string | null): text is string {
  return text !== null && /^(?:0|[1-9]\d{0,14})$/.test(text);
}

function checkedBaseUrl(value: string | URL): URL {
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    throw new AlertingConfigError('baseUrl', 'must be a URL', value);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new AlertingConfigError('baseUrl', 'must be http or https', url.protocol);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new AlertingConfigError('baseUrl', 'must have no user, password, query or fragment');
  }
  return url;
}
