import type { Channel } from './channel.js';
import { headline } from './headline.js';
import type { Notification } from '../notification.js';

/** Whatever logs a message with fields: `console`, winston, pino-like loggers. */
export interface LoggerLike {
  debug(message: string, fields?: Record<string, unknown>): unknown;
  info(message: string, fields?: Record<string, unknown>): unknown;
  warn(message: string, fields?: Record<string, unknown>): unknown;
  error(message: string, fields?: Record<string, unknown>): unknown;
}

/** How the log channel writes. */
export interface LogChannelOptions {
  /** Default `log`. */
  readonly name?: string;
  /** Default `console`. */
  readonly logger?: LoggerLike;
}

/** A channel that writes one line per notification: a first alert warns, an escalation is an error. */
export function logChannel(options: LogChannelOptions = {}): Channel {
  const { name = 'log', logger = console } = options;
  return {
    name,
    concurrency: 64,
    send(delivery) {
      try {
        for (const notification of delivery.notifications) {
          logger[levelOf(notification)](headline(notification), {
            event: `alert.${notification.kind}`,
            alert_id: notification.alert.id,
            alert_key: notification.alert.key,
            alert_type: notification.alert.type,
            severity: notification.alert.severity,
            status: notification.alert.status,
            escalation_level: notification.alert.escalationLevel,
            policy: notification.alert.policy,
            labels: notification.alert.labels,
            delivery_id: delivery.id,
          });
        }
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

function levelOf({ kind, alert }: Notification): 'info' | 'warn' | 'error' {
  if (kind === 'acknowledged' || kind === 'resolved') return 'info';
  return kind === 'escalated' || alert.severity === 'critical' ? 'error' : 'warn';
}
