import { severities } from '../alert.js';
import { alertmanagerAnnotations, alertmanagerLabels } from './alertmanager-payload.js';
import type { Channel } from './channel.js';
import { durationMillis, type Duration } from '../duration.js';
import { HttpSender, type HttpAnswer, type HttpSenderOptions } from './http-sender.js';
import type { ClaimedNotification, Delivery } from '../notification.js';
import { checkedPace, type PaceOptions } from './pace.js';

/** Where alerts are forwarded to. */
export interface AlertmanagerChannelOptions extends HttpSenderOptions, PaceOptions {
  /** Default `alertmanager`. */
  readonly name?: string;
  /** Alertmanager holds a firing alert for so long if it never hears of its end. Default: 24 hours. */
  readonly expireAfter?: Duration;
}

/**
 * A channel that forwards alerts to Alertmanager by `POST <url>/api/v2/alerts`; `url` is its base.
 * An acknowledgement is not forwarded: Alertmanager knows none.
 *
 * To Alertmanager the severity is part of an alert's identity: when it gets worse, the milder alert
 * ends there. The other labels of an alert should stay the same in all its raises.
 *
 * Alerts that Alertmanager itself calls invalid are abandoned; every other refusal is tried again.
 */
export function alertmanagerChannel(options: AlertmanagerChannelOptions): Channel {
  const { name = 'alertmanager' } = options;
  const pace = checkedPace(name, options);
  const holdMillis = durationMillis(`${name}.expireAfter`, options.expireAfter ?? '24h', 1000);
  const base = String(options.url).replace(/\/+$/, '');
  const sender = new HttpSender(name, { ...options, url: `${base}/api/v2/alerts` }, refusal);
  return {
    name,
    ...pace,
    async send(delivery, context) {
      const alerts = alertmanagerAlerts(delivery, holdMillis, context.now());
      if (alerts.length > 0) await sender.post(JSON.stringify(alerts), {}, context);
    },
    close: () => sender.close(),
  };
}

/** Alertmanager says in JSON what it cannot take; whatever stands before it says 400 in HTML. */
function refusal({ status, body }: HttpAnswer): string | null {
  if (status !== 400) return null;
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return null;
  }
}

interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

function alertmanagerAlerts(delivery: Delivery, holdMillis: number, now: number): PostableAlert[] {
  const alerts: PostableAlert[] = [];
  for (const notification of delivery.notifications) {
    if (notification.kind === 'acknowledged') continue;
    const { alert } = notification;
    const over = isOver(notification);
    const labels = alertmanagerLabels(alert);
    const annotations = alertmanagerAnnotations(notification);
    // A start ahead of its end would be refused.
    const endsAt = over ? Math.min(alert.resolvedAt ?? now, now) : now + holdMillis;
    const startsAt = Math.min(alert.startsAt, endsAt);
    const post = (severity: string, end: number): void => {
      alerts.push({
        labels: { ...labels, severity },
        annotations,
        startsAt: new Date(Math.min(startsAt, end)).toISOString(),
        endsAt: new Date(end).toISOString(),
      });
    };
    const rank = severities.indexOf(alert.severity);
    for (const milder of severities.slice(0, rank)) {
      if (over || notification.kind !== 'initial') post(milder, Math.min(endsAt, now));
    }
    post(alert.severity, endsAt);
  }
  return alerts;
}

/** What arrives late must not open again what has ended since. */
function isOver({ kind, alert, current }: ClaimedNotification): boolean {
  if (kind === 'resolved')
    return current === null || current.episode === alert.episode || current.status === 'resolved';
  return current?.status === 'resolved' && current.episode === alert.episode;
}
