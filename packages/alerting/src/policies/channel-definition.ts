import type { Duration } from '../duration.js';
import type { EnvironmentReference } from './environment-reference.js';

/**
 * A channel as data, by its type; its name is the key that it stands under. Each field means what the
 * channel's option of that name means (`timeout` and `rate.within` take durations), with its default.
 */
export type ChannelDefinition =
  | LogChannelDefinition
  | WebhookChannelDefinition
  | SlackChannelDefinition
  | PagerDutyChannelDefinition
  | EmailChannelDefinition
  | AlertmanagerChannelDefinition;

/** How a channel is paced. */
export interface PacedDefinition {
  readonly timeout?: Duration;
  readonly concurrency?: number;
  readonly rate?: { readonly count: number; readonly within: Duration };
}

/** Where a channel's requests may go. */
export interface AddressedDefinition extends PacedDefinition {
  /** Default: the host of the channel's `url`. */
  readonly allowedHosts?: readonly string[];
}

/** See `logChannel`. */
export interface LogChannelDefinition {
  readonly type: 'log';
}

/** See `webhookChannel`. */
export interface WebhookChannelDefinition extends AddressedDefinition {
  readonly type: 'webhook';
  readonly url: string | EnvironmentReference;
  readonly secret?: EnvironmentReference;
  readonly headers?: Readonly<Record<string, EnvironmentReference>>;
  readonly format?: 'native' | 'alertmanager';
}

/** See `slackChannel`; needs `url`, or `token` and `channel`. */
export interface SlackChannelDefinition extends AddressedDefinition {
  readonly type: 'slack';
  readonly url?: EnvironmentReference;
  readonly token?: EnvironmentReference;
  readonly channel?: string;
  readonly buttons?: boolean;
}

/** See `pagerDutyChannel`. */
export interface PagerDutyChannelDefinition extends AddressedDefinition {
  readonly type: 'pagerduty';
  readonly routingKey: EnvironmentReference;
  readonly url?: string | EnvironmentReference;
  readonly source?: string;
}

/** See `emailChannel`; needs the package `nodemailer`. */
export interface EmailChannelDefinition extends PacedDefinition {
  readonly type: 'email';
  readonly from: string;
  readonly to: string | readonly string[];
  readonly subjectPrefix?: string;
  readonly smtp: {
    readonly host: string;
    readonly port?: number;
    readonly secure?: boolean;
    readonly requireTLS?: boolean;
    readonly auth?: {
      readonly user: string | EnvironmentReference;
      readonly pass: EnvironmentReference;
    };
  };
}

/** See `alertmanagerChannel`. */
export interface AlertmanagerChannelDefinition extends AddressedDefinition {
  readonly type: 'alertmanager';
  readonly url: string | EnvironmentReference;
  readonly headers?: Readonly<Record<string, EnvironmentReference>>;
  readonly expireAfter?: Duration;
}
