import { createHash } from 'node:crypto';
import type { Alert } from '../alert.js';
import { headline } from './headline.js';
import type { Delivery, Notification } from '../notification.js';

/** What Alertmanager's webhook receiver posts, version 4. */
export interface AlertmanagerWebhookBody {
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly alerts: readonly AlertmanagerWebhookAlert[];
}

/** One alert of Alertmanager's webhook. */
export interface AlertmanagerWebhookAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** `0001-01-01T00:00:00Z` while it fires. */
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/** Go's zero time: not ended yet. */
export const never = '0001-01-01T00:00:00Z';

/** The delivery as Alertmanager would have posted it. */
export function alertmanagerWebhookBody(delivery: Delivery): AlertmanagerWebhookBody {
  const alerts = delivery.notifications.map(webhookAlert);
  const [first] = delivery.notifications;
  return {
    version: '4',
    groupKey: delivery.group ?? first?.alert.id ?? '',
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: delivery.channel,
    groupLabels: delivery.group === null ? { alertname: first?.alert.key ?? '' } : {},
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: '',
    alerts,
  };
}

function webhookAlert(notification: Notification): AlertmanagerWebhookAlert {
  const { alert, kind } = notification;
  const resolved = kind === 'resolved';
  return {
    status: resolved ? 'resolved' : 'firing',
    labels: alertmanagerLabels(alert),
    annotations: alertmanagerAnnotations(notification),
    startsAt: new Date(alert.startsAt).toISOString(),
    endsAt: resolved ? new Date(alert.resolvedAt ?? notification.at).toISOString() : never,
    generatorURL: generatorUrl(alert),
    fingerprint: fingerprint(alert),
  };
}

/** Where the alert came from, if Prometheus raised it. */
export function generatorUrl({ source }: Alert): string {
  return source.kind === 'alertmanager' ? (source.name ?? '') : '';
}

/** A short name of the alert's identity. */
export function fingerprint({ id }: Pick<Alert, 'id'>): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}

/** The labels under names that Alertmanager takes, with `alertname` and `severity`; empty ones do not exist there. */
export function alertmanagerLabels(alert: Alert): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [label, value] of Object.entries(alert.labels)) {
    if (value !== '') labels[labelName(label)] = value;
  }
  labels['alertname'] ??= alert.key;
  labels['severity'] = alert.severity;
  return labels;
}

/** The annotations, the headline, and what Alertmanager has no field for. */
export function alertmanagerAnnotations(
  notification: Notification,
): Readonly<Record<string, string>> {
  const { alert, kind } = notification;
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(alert.annotations)) {
    annotations[labelName(name)] = value;
  }
  annotations['summary'] ??= headline(notification);
  return {
    ...annotations,
    alert_id: alert.id,
    alert_type: alert.type,
    notification: kind,
    escalation_level: String(alert.escalationLevel),
  };
}

/** A name that Alertmanager takes for a label. */
export function labelName(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return /^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`;
}

function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((one) => one[name] === value)),
  );
}
