import { linkOf, type AlertLink } from './alert-link.js';
import { deliveryHeadline, headline } from './headline.js';
import type { Delivery, Notification } from '../notification.js';
import { slackText } from './slack-text.js';
import { cutText } from '../text-cut.js';

/** `action_id` of the buttons; their value is `<episode>:<alert id>`. */
export const slackActions = {
  acknowledge: 'llm_alerting_acknowledge',
  resolve: 'llm_alerting_resolve',
} as const;

/** What the messages of a channel carry beside text. */
export interface SlackMessageOptions {
  readonly buttons: boolean;
  readonly link: AlertLink | undefined;
}

/** A message has at most 50 blocks; an alert needs four. */
const maxAlertsShown = 12;
const maxSectionLength = 3000;
const maxAnnotationLength = 500;
const maxValueLength = 2000;
const maxUrlLength = 3000;

/** The delivery in words, for notifications on a phone and where blocks are refused. */
export function slackMessageText(delivery: Delivery): string {
  return slackText(deliveryHeadline(delivery), maxSectionLength);
}

/** The delivery as Block Kit blocks, within Slack's limits. */
export function slackBlocks(delivery: Delivery, options: SlackMessageOptions): unknown[] {
  const shown = delivery.notifications.slice(0, maxAlertsShown);
  const blocks = shown.flatMap((notification) => blocksOf(notification, options));
  const rest = delivery.notifications.length - shown.length;
  if (rest > 0) blocks.push(section(`and ${rest} more`));
  return blocks;
}

function blocksOf(notification: Notification, options: SlackMessageOptions): unknown[] {
  const { alert } = notification;
  const blocks: unknown[] = [section(headline(notification))];
  const details = Object.entries(alert.annotations)
    .filter(([name]) => name !== 'summary')
    .map(([name, text]) => cutText(`${name}: ${text}`, maxAnnotationLength));
  if (details.length > 0) blocks.push(section(details.join('\n')));
  const facts = Object.entries(alert.labels)
    .map(([label, value]) => `${label}=${value}`)
    .concat(`policy ${alert.policy}`, `occurrences ${alert.occurrences}`);
  blocks.push({ type: 'context', elements: [markdown(facts.join(' · '))] });
  const elements = buttonsOf(notification, options);
  if (elements.length > 0) blocks.push({ type: 'actions', elements });
  return blocks;
}

function buttonsOf(
  { alert, kind }: Notification,
  { buttons, link }: SlackMessageOptions,
): unknown[] {
  if (kind === 'resolved') return [];
  const elements: unknown[] = [];
  const value = `${alert.episode}:${alert.id}`;
  if (buttons && value.length <= maxValueLength) {
    const { acknowledge, resolve } = slackActions;
    if (kind !== 'acknowledged') {
      elements.push(button('Acknowledge', { action_id: acknowledge, value, style: 'primary' }));
    }
    elements.push(button('Resolve', { action_id: resolve, value }));
  }
  const url = linkOf(alert, link, maxUrlLength);
  if (url !== null) elements.push(button('Open', { action_id: 'llm_alerting_open', url }));
  return elements;
}

function section(text: string): unknown {
  return { type: 'section', text: markdown(text) };
}

/** Verbatim: Slack makes no links or mentions of its own. */
export function markdown(text: string): unknown {
  return { type: 'mrkdwn', text: slackText(text, maxSectionLength), verbatim: true };
}

function button(text: string, rest: Readonly<Record<string, string>>): unknown {
  return { type: 'button', text: { type: 'plain_text', text }, ...rest };
}
