import { DeliveryError, type Channel, type SendContext } from './channel.js';
import { AlertingConfigError } from '../configuration.js';
import type { AlertLink } from './alert-link.js';
import { HttpSender, type HttpSenderOptions } from './http-sender.js';
import { jsonObject } from '../http/json-object.js';
import { checkedPace, type PaceOptions } from './pace.js';
import { slackBlocks, slackMessageText } from './slack-message.js';

/** Which Slack channel is told, and how: by an incoming webhook (`url`), or as an app (`token` and `channel`). */
export interface SlackChannelOptions
  extends Omit<HttpSenderOptions, 'url' | 'headers'>, PaceOptions {
  /** Default `slack`. */
  readonly name?: string;
  /** The incoming webhook: a secret. With `token`: the method, default `https://slack.com/api/chat.postMessage`. */
  readonly url?: string | URL;
  /** A bot token with `chat:write`: a secret. Default: none, then `url` is an incoming webhook. */
  readonly token?: string;
  /** Id of the Slack channel; needed with `token`. */
  readonly channel?: string;
  /** Whether pages carry buttons, which `acknowledgementHandler` answers. Default: true with `token`. */
  readonly buttons?: boolean;
  /** A link below each page. Default: none. */
  readonly link?: AlertLink;
  /** Default: 1 a second, as Slack allows per channel. */
  readonly rate?: { readonly count: number; readonly intervalMillis: number };
}

/**
 * A channel that posts to Slack: one message per delivery, with buttons to acknowledge and resolve.
 *
 * A message that Slack refuses for its form is sent again as plain text; if that is refused too it is
 * abandoned. Every other refusal (a channel that is gone, a token that was revoked) is tried again.
 */
export function slackChannel(options: SlackChannelOptions): Channel {
  const { name = 'slack', token, channel, buttons = token !== undefined, link } = options;
  if (token === undefined && options.url === undefined) {
    throw new AlertingConfigError(
      name,
      'needs the url of an incoming webhook, or token and channel',
    );
  }
  if (token !== undefined && (channel === undefined || channel === '')) {
    throw new AlertingConfigError(`${name}.channel`, 'must be given with a token');
  }
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new AlertingConfigError(`${name}.token`, 'must be a token');
  }
  const pace = checkedPace(name, { rate: { count: 1, intervalMillis: 1000 }, ...options });
  const sender = new HttpSender(
    name,
    {
      ...options,
      url: options.url ?? 'https://slack.com/api/chat.postMessage',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    },
    ({ body }) => (refusesMessage(body) ? body : null),
  );
  const post = async (message: object, context: SendContext): Promise<void> => {
    const addressed = { ...message, ...(token === undefined ? {} : { channel }) };
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const { body } = await sender.post(JSON.stringify(addressed), headers, context);
    if (token !== undefined) checkAnswer(body);
  };
  return {
    name,
    ...pace,
    async send(delivery, context) {
      const message = {
        text: slackMessageText(delivery),
        unfurl_links: false,
        unfurl_media: false,
      };
      const blocks = slackBlocks(delivery, { buttons, link });
      try {
        await post({ ...message, blocks }, context);
      } catch (error) {
        if (!(error instanceof DeliveryError && error.permanent)) throw error;
        await post(message, context);
      }
    },
    close: () => sender.close(),
  };
}

/** Slack's methods say 200 even when they refuse. */
function checkAnswer(body: string): void {
  const answer = jsonObject(body);
  if (answer?.['ok'] === true) return;
  const { error } = answer ?? {};
  const code = typeof error === 'string' ? error.slice(0, 100) : 'no JSON';
  throw new DeliveryError(`refused (${code})`, { permanent: refusesMessage(code) });
}

/** Slack's words for a message that it will never take. */
function refusesMessage(code: string): boolean {
  return /^(?:invalid_(?:blocks|blocks_format|payload|attachments|arguments)|msg_(?:blocks_)?too_long|no_text)$/.test(
    code,
  );
}
