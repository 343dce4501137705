import type { AlertingSystem } from '../alerting-system.js';
import { systemClock, type Clock } from '../clock.js';
import { AlertingConfigError, checkedNumber, checkedObject } from '../configuration.js';
import { checkedPath, httpHandler, type HttpHandler } from '../http/http-handler.js';
import type { AckLinks } from './ack-links.js';
import { ackPage } from './ack-page.js';
import { answerLink } from './link-route.js';
import { PagerDutyWebhook, type PagerDutyWebhookOptions } from './pagerduty-webhook.js';
import { SlackInteraction, type SlackInteractionOptions } from './slack-interaction.js';

/** What may be acknowledged from where. At least one of `links`, `pagerDuty` and `slack`. */
export interface AcknowledgementHandlerOptions {
  readonly alerting: Pick<AlertingSystem, 'acknowledge' | 'resolve' | 'alert' | 'active'>;
  /** Answers signed links at `path`. Default: none are answered. */
  readonly links?: AckLinks;
  /** Takes PagerDuty's v3 webhooks at `<path>/pagerduty`. Default: not taken. */
  readonly pagerDuty?: PagerDutyWebhookOptions;
  /** Takes clicks on Slack's buttons at `<path>/slack`. Default: not taken. */
  readonly slack?: SlackInteractionOptions;
  /** Below which path it answers. Default `/acknowledge`. */
  readonly path?: string;
  /** Larger bodies are refused, bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Hears of what reaches nobody else, such as a store that cannot be reached. Default: nobody. */
  readonly onError?: (error: Error) => void;
}

/** What a handler has done since it was made. */
export interface AcknowledgementCounts {
  acknowledged: number;
  resolved: number;
  /** Good requests that came too late to change anything. */
  unchanged: number;
  /** Good requests that were not about an acknowledgement, or not about an alert of ours. */
  ignored: number;
  /** Forged, stale, repeated or senseless ones. */
  refused: number;
  /** Answers that could not be shown in Slack. */
  answersLost: number;
  /** Requests that failed, because the store could not be reached or for any other reason. */
  failed: number;
}

/** Takes acknowledgements from links, PagerDuty and Slack. */
export interface AcknowledgementHandler extends HttpHandler {
  stats(): Readonly<AcknowledgementCounts>;
}

const known: readonly (keyof AcknowledgementHandlerOptions)[] = [
  'alerting',
  'links',
  'pagerDuty',
  'slack',
  'path',
  'maxBodyBytes',
  'clock',
  'onError',
];

/**
 * A handler that lets people acknowledge from where they are. Each way proves by itself who calls (a
 * signed link, PagerDuty's and Slack's signatures), so it may stand at a public edge. What it does goes
 * through the store: an acknowledgement at one replica cancels the later steps of all.
 *
 * @throws AlertingConfigError naming the option and the value that cannot work.
 */
export function acknowledgementHandler(
  options: AcknowledgementHandlerOptions,
): AcknowledgementHandler {
  checkedObject('', options, known);
  const { alerting, links, clock = systemClock } = options;
  const path = checkedPath(options.path ?? '/acknowledge');
  const maxBodyBytes = checkedNumber('maxBodyBytes', options.maxBodyBytes ?? 1_048_576, { min: 1 });
  const counts: AcknowledgementCounts = {
    acknowledged: 0,
    resolved: 0,
    unchanged: 0,
    ignored: 0,
    refused: 0,
    answersLost: 0,
    failed: 0,
  };
  const now = (): number => clock.now();
  const onError = (error: unknown): void => {
    try {
      options.onError?.(error instanceof Error ? error : new Error(String(error)));
    } catch {
      // The host's listener is the host's: its errors must not keep an acknowledgement.
    }
  };
  const pagerDuty =
    options.pagerDuty && new PagerDutyWebhook(options.pagerDuty, alerting, counts, now);
  const slack =
    options.slack && new SlackInteraction(options.slack, alerting, counts, now, onError);
  if (links === undefined && pagerDuty === undefined && slack === undefined) {
    throw new AlertingConfigError('acknowledgementHandler', 'needs links, pagerDuty or slack');
  }
  const handler = httpHandler({
    path,
    maxBodyBytes,
    onError(error) {
      counts.failed += 1;
      onError(error);
    },
    async answer(call) {
      if (call.path === '/' && links !== undefined) {
        return answerLink(call, links, alerting, counts);
      }
      if (call.path === '/pagerduty' && pagerDuty !== undefined) return pagerDuty.answer(call);
      if (call.path === '/slack' && slack !== undefined) return slack.answer(call);
      return null;
    },
    problem: (status, message, path) =>
      path === '/'
        ? ackPage({ status, title: 'That did not work', lines: [message] })
        : { status, body: { error: message } },
  });
  return Object.assign(handler, { stats: () => ({ ...counts }) });
}
