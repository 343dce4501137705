import { webhookHeaders, type WebhookBody } from '@llm/alerting';
import type { ReceivedRequest } from './recording-receiver.js';

/** How often each alert of a storm was paged. */
export interface StormTally {
  readonly lost: number;
  readonly once: number;
  /** Alerts that were paged more than once. */
  readonly more: number;
  /** Most often that one was paged. */
  readonly most: number;
  /** Pages of what nobody raised. */
  readonly unknown: number;
}

/** What Alertmanager posts to a webhook, as far as it matters here. */
interface AlertmanagerBody {
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: { readonly alertname: string };
  }[];
}

/** The idempotency key of a page of an alerting system. */
export function idempotencyKeyOf({ headers }: ReceivedRequest): string {
  return String(headers[webhookHeaders.idempotencyKey.toLowerCase()]);
}

/** The alerts' names in a page of an alerting system, every notification counted. */
export function pagedByAlerting(body: string): readonly string[] {
  const { notifications } = JSON.parse(body) as WebhookBody;
  return notifications.map(({ alert }) => alert.key);
}

/** The alerts' names in a page of Alertmanager; what it says of a resolved one is no page. */
export function pagedByAlertmanager(body: string): readonly string[] {
  const { alerts } = JSON.parse(body) as AlertmanagerBody;
  return alerts.filter(({ status }) => status === 'firing').map(({ labels }) => labels.alertname);
}

/** Counts the pages that the receiver took. */
export function stormTally(
  raised: readonly string[],
  requests: readonly ReceivedRequest[],
  pagedBy: (body: string) => readonly string[],
): StormTally {
  const counts = new Map(raised.map((name) => [name, 0]));
  let unknown = 0;
  for (const { taken, body } of requests) {
    for (const name of taken ? pagedBy(body) : []) {
      const count = counts.get(name);
      if (count === undefined) unknown += 1;
      else counts.set(name, count + 1);
    }
  }
  const all = [...counts.values()];
  return {
    lost: all.filter((count) => count === 0).length,
    once: all.filter((count) => count === 1).length,
    more: all.filter((count) => count > 1).length,
    most: all.reduce((most, count) => Math.max(most, count), 0),
    unknown,
  };
}
