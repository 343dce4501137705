import { DeliveryError, type Channel } from './channel.js';
import { AlertingConfigError, checkedNumber } from './configuration.js';
import { deliveryHeadline, headline } from './headline.js';
import type { Delivery } from './notification.js';
import { retryAfterMillis } from './retry-after.js';
import { signWebhook, webhookHeaders } from './webhook-signature.js';

/** Where and how a webhook is sent. */
export interface WebhookChannelOptions {
  /** Default `webhook`. */
  readonly name?: string;
  /** `http:` or `https:`, without a user and password. */
  readonly url: string | URL;
  /** Signs every request; see `verifyWebhook`. Default: unsigned. */
  readonly secret?: string;
  /** Headers of your own, such as a token. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Hosts that may be called, `name` or `name:port`; `url` must be one of them. Default: the host of `url`. */
  readonly allowedHosts?: readonly string[];
  /** How long one request may take, milliseconds. Default 10 000. */
  readonly timeoutMillis?: number;
  /** Requests at a time. Default 8. */
  readonly concurrency?: number;
  /** No more than so many requests in so long, over all replicas. Default: no limit. */
  readonly rate?: { readonly count: number; readonly intervalMillis: number };
  /** Sends the request. Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/**
 * A channel that posts JSON. A 2xx answer is a delivery; anything else, a redirect included, is tried
 * again, not before `Retry-After` where the receiver names it.
 */
export function webhookChannel(options: WebhookChannelOptions): Channel {
  const {
    name = 'webhook',
    secret,
    headers = {},
    timeoutMillis = 10_000,
    concurrency = 8,
  } = options;
  const url = checkedUrl(`${name}.url`, options.url, options.allowedHosts);
  checkedNumber(`${name}.timeoutMillis`, timeoutMillis, { min: 1, max: 600_000 });
  checkedNumber(`${name}.concurrency`, concurrency, { min: 1, max: 1000, integer: true });
  if (secret === '') throw new AlertingConfigError(`${name}.secret`, 'must not be empty');
  checkHeaders(`${name}.headers`, headers);
  return {
    name,
    concurrency,
    timeoutMillis,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    async send(delivery, { signal, now }) {
      const body = JSON.stringify(webhookBody(delivery));
      const sealed: Record<string, string> = {
        ...headers,
        'content-type': 'application/json',
        [webhookHeaders.idempotencyKey]: delivery.id,
      };
      if (secret !== undefined) {
        const seconds = Math.floor(now() / 1000);
        sealed[webhookHeaders.timestamp] = String(seconds);
        sealed[webhookHeaders.signature] = signWebhook(secret, seconds, body);
      }
      const send = options.fetch ?? fetch;
      let response: Response;
      try {
        response = await send(url, {
          method: 'POST',
          headers: sealed,
          body,
          signal,
          redirect: 'manual',
        });
      } catch (error) {
        throw new DeliveryError(`no answer (${reasonOf(error)})`, { cause: error });
      }
      // An unread body would keep the connection from being used again.
      await response.body?.cancel().catch(() => undefined);
      if (response.ok) return;
      const wait = retryAfterMillis(response.headers.get('retry-after'), now());
      const redirected = response.status >= 300 && response.status < 400;
      throw new DeliveryError(
        `answered ${response.status}${redirected ? ', a redirect, which is not followed' : ''}`,
        wait === undefined ? {} : { retryAfterMillis: wait },
      );
    },
  };
}

/** What is posted, version 1. */
export interface WebhookBody {
  readonly version: 1;
  /** The idempotency key. */
  readonly id: string;
  readonly title: string;
  readonly group: string | null;
  readonly notifications: readonly WebhookNotification[];
}

/** One notification of a webhook. */
export type WebhookNotification = Delivery['notifications'][number] & { readonly title: string };

function webhookBody(delivery: Delivery): WebhookBody {
  return {
    version: 1,
    id: delivery.id,
    title: deliveryHeadline(delivery),
    group: delivery.group,
    notifications: delivery.notifications.map((notification) => ({
      title: headline(notification),
      ...notification,
    })),
  };
}

/** The URL of a receiver, or an error that says why it must not be called; the URL may hold a secret. */
export function checkedUrl(path: string, value: unknown, allowedHosts?: readonly string[]): URL {
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    throw new AlertingConfigError(path, 'must be a URL', value);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AlertingConfigError(path, 'must be http or https', url.protocol);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AlertingConfigError(path, 'must not carry a user or password: use headers');
  }
  if (
    allowedHosts !== undefined &&
    !allowedHosts.some((h) => h === url.host || h === url.hostname)
  ) {
    throw new AlertingConfigError(
      path,
      `its host is not allowed (allowed: ${allowedHosts.join(', ')})`,
      url.host,
    );
  }
  return url;
}

function checkHeaders(path: string, headers: Readonly<Record<string, string>>): void {
  for (const [header, value] of Object.entries(headers)) {
    try {
      new Headers([[header, value]]);
    } catch {
      // The value may be a secret: it is not quoted.
      throw new AlertingConfigError(`${path}.${header}`, 'is not a header that can be sent');
    }
  }
}

/** The cause that fetch hides behind "fetch failed", without any address that could carry a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.name;
  return error.name === 'TypeError' ? error.message : error.name;
}
