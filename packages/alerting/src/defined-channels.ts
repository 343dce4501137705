import type { Channel } from './channel.js';
import {
  checkDefinitions,
  type ChannelDefinition,
  type PacedDefinition,
  type WebhookChannelDefinition,
} from './channel-definition.js';
import { AlertingConfigError } from './configuration.js';
import { durationMillis } from './duration.js';
import {
  isReference,
  resolved,
  type Environment,
  type EnvironmentReference,
} from './environment-reference.js';
import { logChannel, type LoggerLike } from './log-channel.js';
import type { EscalationPolicies } from './policy.js';
import { webhookChannel } from './webhook-channel.js';

/** What the definitions of a policy file do not say. */
export interface ChannelsOfOptions {
  /** Environment variables. Default: `process.env`. */
  readonly env?: Environment;
  /** Where channels of type `log` write. Default: `console`. */
  readonly logger?: LoggerLike;
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
  return Object.entries(channels).map(([name, definition]) => channelOf(name, definition, options));
}

function channelOf(
  name: string,
  definition: ChannelDefinition,
  { env = process.env, logger }: ChannelsOfOptions,
): Channel {
  const path = `channels.${name}`;
  try {
    switch (definition.type) {
      case 'log':
        return logChannel({ name, ...(logger === undefined ? {} : { logger }) });
      case 'webhook':
        return webhookChannel({ name, ...addressed(definition), ...sealed(path, definition, env) });
    }
  } catch (error) {
    if (!(error instanceof AlertingConfigError)) throw error;
    // The value that cannot work came from the environment, or may be a secret: only its path is named.
    const at = error.path.startsWith(path) ? error.path : `channels.${error.path}`;
    throw new AlertingConfigError(at, error.problem);
  }
}

function sealed(path: string, definition: WebhookChannelDefinition, env: Environment) {
  const { secret, headers } = definition;
  return {
    url: plain(`${path}.url`, definition.url, env),
    ...(secret === undefined ? {} : { secret: resolved(`${path}.secret`, secret, env) }),
    ...(headers === undefined ? {} : { headers: resolvedAll(`${path}.headers`, headers, env) }),
  };
}

function addressed(definition: PacedDefinition & { readonly allowedHosts?: readonly string[] }) {
  const { timeout, concurrency, rate, allowedHosts } = definition;
  return {
    ...(timeout === undefined ? {} : { timeoutMillis: durationMillis('timeout', timeout) }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined
      ? {}
      : { rate: { count: rate.count, intervalMillis: durationMillis('within', rate.within) } }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
  };
}

/** Text as it stands, or what its reference stands for. */
function plain(path: string, text: string | EnvironmentReference, env: Environment): string {
  return isReference(text) ? resolved(path, text, env) : text;
}

function resolvedAll(
  path: string,
  references: Readonly<Record<string, EnvironmentReference>>,
  env: Environment,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(references).map(([name, reference]) => [
      name,
      resolved(`${path}.${name}`, reference, env),
    ]),
  );
}
