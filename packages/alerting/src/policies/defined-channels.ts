import { alertmanagerChannel } from '../channels/alertmanager-channel.js';
import type { AlertLink } from '../channels/alert-link.js';
import type {
  AddressedDefinition,
  ChannelDefinition,
  EmailChannelDefinition,
} from './channel-definition.js';
import type { Channel } from '../channels/channel.js';
import { AlertingConfigError } from '../configuration.js';
import { checkDefinitions } from './definition-check.js';
import { durationMillis } from '../duration.js';
import { emailChannel } from '../channels/email-channel.js';
import {
  isReference,
  resolved,
  type Environment,
  type EnvironmentReference,
} from './environment-reference.js';
import { logChannel, type LoggerLike } from '../channels/log-channel.js';
import { pagerDutyChannel } from '../channels/pagerduty-channel.js';
import type { EscalationPolicies } from './policy.js';
import { slackChannel } from '../channels/slack-channel.js';
import { webhookChannel } from '../channels/webhook-channel.js';

/** What the definitions of a policy file do not say. */
export interface ChannelsOfOptions {
  /** Environment variables. Default: `process.env`. */
  readonly env?: Environment;
  /** Where channels of type `log` write. Default: `console`. */
  readonly logger?: LoggerLike;
  /** The link that Slack, PagerDuty and mail show. Default: none. */
  readonly link?: AlertLink;
}

/**
 * The channels that a policy file defines, in its order, with their secrets taken from the environment.
 *
 * @throws AlertingConfigError naming the path, and the environment variable that is missing; no secret is quoted.
 */
export function channelsOf(
  policies: EscalationPolicies,
  options: ChannelsOfOptions = {},
): readonly Channel[] {
  const { channels = {} } = policies;
  checkDefinitions('channels', channels);
  return Object.entries(channels).map(([name, definition]) => {
    try {
      return channelOf(name, definition, options);
    } catch (error) {
      if (!(error instanceof AlertingConfigError)) throw error;
      // The value that cannot work may be a secret from the environment: only its path is named.
      const path = error.path.startsWith('channels.') ? error.path : `channels.${error.path}`;
      throw new AlertingConfigError(path, error.problem);
    }
  });
}

function channelOf(
  name: string,
  definition: ChannelDefinition,
  options: ChannelsOfOptions,
): Channel {
  const { env = process.env, logger, link } = options;
  const path = `channels.${name}`;
  switch (definition.type) {
    case 'log':
      return logChannel(given({ name, logger }));
    case 'webhook':
      return webhookChannel(
        given({
          ...paced(name, definition),
          url: textOf(`${path}.url`, definition.url, env),
          secret: textOf(`${path}.secret`, definition.secret, env),
          headers: textsOf(`${path}.headers`, definition.headers, env),
          format: definition.format,
        }),
      );
    case 'slack':
      return slackChannel(
        given({
          ...paced(name, definition),
          url: textOf(`${path}.url`, definition.url, env),
          token: textOf(`${path}.token`, definition.token, env),
          channel: definition.channel,
          buttons: definition.buttons,
          link,
        }),
      );
    case 'pagerduty':
      return pagerDutyChannel(
        given({
          ...paced(name, definition),
          routingKey: textOf(`${path}.routingKey`, definition.routingKey, env),
          url: textOf(`${path}.url`, definition.url, env),
          source: definition.source,
          link,
        }),
      );
    case 'email':
      return emailChannel(
        given({
          ...paced(name, definition),
          smtp: smtpOf(`${path}.smtp`, definition.smtp, env),
          from: definition.from,
          to: definition.to,
          subjectPrefix: definition.subjectPrefix,
          link,
        }),
      );
    case 'alertmanager':
      return alertmanagerChannel(
        given({
          ...paced(name, definition),
          url: textOf(`${path}.url`, definition.url, env),
          headers: textsOf(`${path}.headers`, definition.headers, env),
          expireAfter: definition.expireAfter,
        }),
      );
  }
}

function paced(name: string, definition: AddressedDefinition) {
  const { timeout, concurrency, rate, allowedHosts } = definition;
  return {
    name,
    timeoutMillis: timeout === undefined ? undefined : durationMillis('timeout', timeout),
    concurrency,
    rate: rate && { count: rate.count, intervalMillis: durationMillis('within', rate.within) },
    allowedHosts,
  };
}

function smtpOf(path: string, smtp: EmailChannelDefinition['smtp'], env: Environment) {
  const { auth, ...rest } = smtp;
  if (auth === undefined) return rest;
  return {
    ...rest,
    auth: {
      user: textOf(`${path}.auth.user`, auth.user, env),
      pass: textOf(`${path}.auth.pass`, auth.pass, env),
    },
  };
}

type Given<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Without what is undefined: an option that is not given has its default. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Given<T>;
}

/** Text as it stands, or what its reference stands for. */
function textOf<T extends string | EnvironmentReference | undefined>(
  path: string,
  text: T,
  env: Environment,
): string | Extract<T, undefined> {
  if (isReference(text)) return resolved(path, text, env);
  return text as string | Extract<T, undefined>;
}

function textsOf(
  path: string,
  references: Readonly<Record<string, EnvironmentReference>> | undefined,
  env: Environment,
): Readonly<Record<string, string>> | undefined {
  if (references === undefined) return undefined;
  const entries = Object.entries(references).map(
    ([name, reference]) => [name, resolved(`${path}.${name}`, reference, env)] as const,
  );
  return Object.fromEntries(entries);
}
