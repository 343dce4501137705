import { createHash } from 'node:crypto';
import { linkOf, type AlertLink } from './alert-link.js';
import { deliveryHeadline, headline } from './headline.js';
import type { Delivery, Notification } from '../notification.js';
import { cutText } from '../text-cut.js';

const maxSubjectLength = 200;
const maxTextLength = 2000;
const maxBodyLength = 100_000;
const maxUrlLength = 4096;

/** One line without control characters: nothing in it can become a header of its own. */
export function mailSubject(prefix: string, delivery: Delivery): string {
  const line = `${prefix}${deliveryHeadline(delivery)}`.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return cutText(line.trim(), maxSubjectLength);
}

/** The same at every attempt: a repeated message is recognisable, and many servers drop it. */
export function messageId(delivery: Delivery, domain: string): string {
  return `<${delivery.id.replaceAll(/[^\w.-]/g, '-')}@${domain}>`;
}

/** What the messages of one episode refer to, so that a mail program shows them together. */
export function threadId(delivery: Delivery, domain: string): string | undefined {
  const [first, ...others] = delivery.notifications;
  if (first === undefined || others.length > 0) return undefined;
  const { id, episode } = first.alert;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 32);
  return `<${digest}.${episode}@${domain}>`;
}

/** What happened, as plain text. */
export function mailText(delivery: Delivery, link: AlertLink | undefined): string {
  const parts: string[] = [];
  let length = 0;
  for (const [index, notification] of delivery.notifications.entries()) {
    const part = partOf(notification, link);
    if (length + part.length > maxBodyLength && index > 0) {
      parts.push(`and ${delivery.notifications.length - index} more`);
      break;
    }
    length += part.length;
    parts.push(part);
  }
  return `${parts.join('\n\n----\n\n')}\n`;
}

function partOf(notification: Notification, link: AlertLink | undefined): string {
  const { alert, at } = notification;
  const lines = [
    headline(notification),
    '',
    `status      ${alert.status}, level ${alert.escalationLevel}, severity ${alert.severity}`,
    `began       ${time(alert.startsAt)}`,
    `decided     ${time(at)}`,
    `occurrences ${alert.occurrences}`,
    `policy      ${alert.policy}`,
  ];
  const url = notification.kind === 'resolved' ? null : linkOf(alert, link, maxUrlLength);
  if (url !== null) lines.push('', `Open: ${url}`);
  for (const [title, texts] of [
    ['Labels', alert.labels],
    ['Annotations', alert.annotations],
  ] as const) {
    const entries = Object.entries(texts);
    if (entries.length > 0) lines.push('', title);
    for (const [name, text] of entries) lines.push(`  ${name}: ${text}`);
  }
  return cutText(lines.map(plain).join('\n'), maxBodyLength);
}

/** Without control characters other than line breaks. */
function plain(line: string): string {
  return cutText(line, maxTextLength).replaceAll(/[^\P{Cc}\n\t]/gu, ' ');
}

function time(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? String(millis) : date.toISOString();
}
