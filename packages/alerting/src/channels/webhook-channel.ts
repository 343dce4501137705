import { alertmanagerWebhookBody } from './alertmanager-payload.js';
import type { Channel } from './channel.js';
import { AlertingConfigError } from '../configuration.js';
import { deliveryHeadline, headline } from './headline.js';
import { HttpSender, type HttpSenderOptions } from './http-sender.js';
import type { Delivery } from '../notification.js';
import { checkedPace, type PaceOptions } from './pace.js';
import { signWebhook, webhookHeaders } from './webhook-signature.js';

/** Where and how a webhook is sent. */
export interface WebhookChannelOptions extends HttpSenderOptions, PaceOptions {
  /** Default `webhook`. */
  readonly name?: string;
  /** Signs every request; see `verifyWebhook`. Default: unsigned. */
  readonly secret?: string;
  /** `alertmanager`: what Alertmanager's own webhook receiver posts (version 4). Default `native`, a `WebhookBody`. */
  readonly format?: 'native' | 'alertmanager';
}

/**
 * A channel that posts JSON. A 2xx answer is a delivery; anything else, a redirect included, is tried
 * again, not before `Retry-After` where the receiver names it.
 */
export function webhookChannel(options: WebhookChannelOptions): Channel {
  const { name = 'webhook', secret, format = 'native' } = options;
  const pace = checkedPace(name, options);
  if (secret === '') throw new AlertingConfigError(`${name}.secret`, 'must not be empty');
  if (!['native', 'alertmanager'].includes(format)) {
    throw new AlertingConfigError(`${name}.format`, 'must be "native" or "alertmanager"', format);
  }
  const sender = new HttpSender(name, options);
  return {
    name,
    ...pace,
    async send(delivery, context) {
      const body = JSON.stringify(
        format === 'native' ? webhookBody(delivery) : alertmanagerWebhookBody(delivery),
      );
      const headers: Record<string, string> = { [webhookHeaders.idempotencyKey]: delivery.id };
      if (secret !== undefined) {
        const seconds = Math.floor(context.now() / 1000);
        headers[webhookHeaders.timestamp] = String(seconds);
        headers[webhookHeaders.signature] = signWebhook(secret, seconds, body);
      }
      await sender.post(body, headers, context);
    },
    close: () => sender.close(),
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
