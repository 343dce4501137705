import type { Severity } from '../alert.js';
import { linkOf, type AlertLink } from './alert-link.js';
import { DeliveryError, type Channel, type SendContext } from './channel.js';
import { AlertingConfigError } from '../configuration.js';
import { headline } from './headline.js';
import { HttpSender, type HttpAnswer, type HttpSenderOptions } from './http-sender.js';
import { jsonObject } from '../http/json-object.js';
import type { ClaimedNotification } from '../notification.js';
import { checkedPace, type PaceOptions } from './pace.js';
import { dedupKey } from './pagerduty-key.js';
import { cutText } from '../text-cut.js';

/** Which PagerDuty service is told. */
export interface PagerDutyChannelOptions
  extends Omit<HttpSenderOptions, 'url' | 'headers'>, PaceOptions {
  /** Default `pagerduty`. */
  readonly name?: string;
  /** The integration key of an Events API v2 integration: a secret. */
  readonly routingKey: string;
  /** Default `https://events.pagerduty.com/v2/enqueue`; in Europe `https://events.eu.pagerduty.com/v2/enqueue`. */
  readonly url?: string | URL;
  /** What the incident names as its source. Default: the label `service`, or the alert's key. */
  readonly source?: string;
  /** A link that the incident shows. Default: none. */
  readonly link?: AlertLink;
}

type EventAction = 'trigger' | 'acknowledge' | 'resolve';

const maxSummaryLength = 1024;

/** PagerDuty refuses a body of more than 512 KB. */
const maxBodyBytes = 512_000;
const pagerDutySeverity: Readonly<Record<Severity, string>> = {
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
};

/**
 * A channel that triggers, acknowledges and resolves PagerDuty incidents: one per episode of an
 * alert, so that what arrives twice or late changes nothing.
 *
 * An event that PagerDuty calls invalid is abandoned; every other refusal is tried again.
 */
export function pagerDutyChannel(options: PagerDutyChannelOptions): Channel {
  const { name = 'pagerduty', routingKey } = options;
  const { url = 'https://events.pagerduty.com/v2/enqueue' } = options;
  if (typeof routingKey !== 'string' || !/^[\x21-\x7e]+$/.test(routingKey)) {
    throw new AlertingConfigError(`${name}.routingKey`, 'must be an integration key');
  }
  const pace = checkedPace(name, { timeoutMillis: 30_000, ...options });
  const sender = new HttpSender(name, { ...options, url, headers: {} }, refusal);
  const post = async (
    action: EventAction,
    notification: ClaimedNotification,
    context: SendContext,
  ): Promise<void> => {
    await sender.post(event(action, notification, options), {}, context);
  };
  return {
    name,
    ...pace,
    async send({ notifications }, context) {
      const refused: DeliveryError[] = [];
      for (const notification of notifications) {
        const action = actionOf(notification);
        try {
          await post(action, notification, context);
          const since = action === 'trigger' ? changedSince(notification) : null;
          if (since !== null) await post(since, notification, context);
        } catch (error) {
          // One event that is refused for good must not keep the others of its group.
          if (!(error instanceof DeliveryError && error.permanent)) throw error;
          refused.push(error);
        }
      }
      const [first] = refused;
      if (first === undefined) return;
      const share = `${refused.length} of ${notifications.length} events refused`;
      throw new DeliveryError(`${share}: ${first.message}`, { cause: first, permanent: true });
    },
    close: () => sender.close(),
  };
}

/** PagerDuty says what is wrong with an event; a wrong key is put right in the configuration. */
function refusal({ status, body }: HttpAnswer): string | null {
  const answer = status === 400 ? jsonObject(body) : null;
  if (answer?.['status'] !== 'invalid event') return null;
  const { errors } = answer;
  const why = Array.isArray(errors) ? errors.join(', ') : 'invalid event';
  return why.includes('routing_key') ? null : why;
}

function actionOf({ kind }: ClaimedNotification): EventAction {
  if (kind === 'resolved') return 'resolve';
  return kind === 'acknowledged' ? 'acknowledge' : 'trigger';
}

/** A trigger that comes late must not leave open what was acknowledged or has ended meanwhile. */
function changedSince({ alert, current }: ClaimedNotification): EventAction | null {
  if (current === null || current.episode !== alert.episode || current.status === 'resolved') {
    return 'resolve';
  }
  return current.status === 'acknowledged' ? 'acknowledge' : null;
}

function event(
  action: EventAction,
  notification: ClaimedNotification,
  { routingKey, source, link }: PagerDutyChannelOptions,
): string {
  const { alert } = notification;
  const url = linkOf(alert, link, 4096);
  const base = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: dedupKey(alert.id, alert.episode),
  };
  if (action !== 'trigger') return JSON.stringify(base);
  const body = (maxTextLength: number): string =>
    JSON.stringify({
      ...base,
      ...(url === null ? {} : { links: [{ href: url, text: 'Open' }] }),
      payload: {
        summary: cutText(headline(notification), maxSummaryLength),
        source: cutText(source ?? alert.labels['service'] ?? alert.key, 255),
        severity: pagerDutySeverity[alert.severity],
        timestamp: new Date(alert.startsAt).toISOString(),
        component: alert.labels['service'],
        class: alert.type.slice(0, 255),
        custom_details: {
          kind: notification.kind,
          escalation_level: alert.escalationLevel,
          occurrences: alert.occurrences,
          policy: alert.policy,
          labels: cutTexts(alert.labels, maxTextLength),
          annotations: cutTexts(alert.annotations, maxTextLength),
        },
      },
    });
  let text = body(4096);
  for (let limit = 2048; limit >= 8 && Buffer.byteLength(text) > maxBodyBytes; limit /= 2) {
    text = body(limit);
  }
  return text;
}

function cutTexts(
  texts: Readonly<Record<string, string>>,
  limit: number,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [cutText(name, limit), cutText(text, limit)]),
  );
}
