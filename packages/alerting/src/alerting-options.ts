import { checkedAbsence, type AbsenceOptions, type AbsenceSettings } from './presence/absence.js';
import { CommonCauseRule } from './noise/common-cause.js';
import { AlertingConfigError, checkedNumber, checkedObject } from './configuration.js';
import { durationMillis } from './duration.js';
import { identityLabels } from './alert.js';
import { systemClock, wakingClock, type Clock, type WakingClock } from './clock.js';
import { checkedTexts } from './alert-input.js';
import { MemoryStore } from './memory/memory-store.js';
import { Heartbeat, type HeartbeatOptions } from './presence/heartbeat.js';
import type { Inhibition } from './noise/inhibition.js';
import { checkedQueue, type RaiseQueueOptions } from './raise-queue.js';
import { PolicyBook, type Recurrence } from './policies/policy-book.js';
import type { RetryOptions } from './delivery/backoff.js';
import type { Channel } from './channels/channel.js';
import type { EscalationPolicies } from './policies/policy.js';
import type { AlertStore } from './store.js';

/** How an alerting system is set up. */
export interface AlertingSystemOptions {
  /** Who can be told; names are unique. */
  readonly channels: readonly Channel[];
  /** See `loadEscalationPolicies`. An alert that none matches, and all without any, gets the policy `default`: all channels at once, and again when it recurs. */
  readonly policies?: EscalationPolicies;
  /** Where alerts live. Default: this process's memory. */
  readonly store?: AlertStore;
  /** Local time. Default: the machine's. */
  readonly clock?: Clock;
  /** What makes an alert recurring, for `isRecurringAlert` and the policy `default`. Default: 3 reports in 1 hour. */
  readonly recurrence?: Recurrence;
  /** Labels of every alert, such as `service` and `environment`. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** How failed deliveries are tried again. */
  readonly retry?: RetryOptions;
  /** Whether raises wait in this process while the store cannot be reached. Default: they reject with the store's error. */
  readonly localQueue?: RaiseQueueOptions;
  /** Who is missed when nothing is heard of it. Default: nobody. */
  readonly absence?: AbsenceOptions;
  /** A URL that is posted to while this alerter is healthy. Default: none. */
  readonly heartbeat?: HeartbeatOptions;
  /** How long a claimed delivery is ours without renewal, milliseconds, 100 to 1000. Default 1000. */
  readonly leaseMillis?: number;
  /** How often a shared store is asked for what other replicas left, milliseconds. Default 500. */
  readonly pollIntervalMillis?: number;
  /** Whether the first raise or report starts timers and deliveries when `start()` was not called. Default true. */
  readonly autoStart?: boolean;
  /** Hears of errors that reach nobody else, such as a store that cannot be reached; `stats()` counts them. Default: nobody. */
  readonly onError?: (error: Error) => void;
}

/** The options with their defaults, checked. */
export interface AlertingSettings {
  readonly channels: readonly Channel[];
  readonly book: PolicyBook;
  readonly store: AlertStore;
  readonly clock: WakingClock;
  readonly recurrence: { readonly count: number; readonly windowMillis: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly retry: Required<RetryOptions>;
  readonly inhibitions: readonly Inhibition[];
  readonly commonCauses: readonly CommonCauseRule[];
  readonly absence: AbsenceSettings;
  readonly heartbeat: Heartbeat | null;
  /** null: raises do not wait. */
  readonly maxQueuedRaises: number | null;
  readonly leaseMillis: number;
  readonly pollIntervalMillis: number;
  readonly autoStart: boolean;
  readonly onError: ((error: Error) => void) | undefined;
}

const known: readonly (keyof AlertingSystemOptions)[] = [
  'channels',
  'policies',
  'store',
  'clock',
  'recurrence',
  'labels',
  'retry',
  'localQueue',
  'absence',
  'heartbeat',
  'leaseMillis',
  'pollIntervalMillis',
  'autoStart',
  'onError',
];

/** Throws an `AlertingConfigError` that names the option and quotes the value. */
export function checkedSettings(options: AlertingSystemOptions): AlertingSettings {
  checkedObject('', options, known);
  const channels = checkedChannels(options.channels);
  const clock = wakingClock(options.clock ?? systemClock);
  const recurrence = checkedRecurrence(options.recurrence);
  const labels = checkedLabels(options.labels ?? {});
  const names = channels.map(({ name }) => name);
  return {
    channels,
    book: new PolicyBook(options.policies, names, recurrence),
    store: options.store ?? new MemoryStore({ clock }),
    clock,
    recurrence: {
      count: recurrence.count,
      windowMillis: durationMillis('recurrence.within', recurrence.within, 1),
    },
    labels,
    retry: checkedRetry(options.retry ?? {}),
    inhibitions: options.policies?.inhibitions ?? [],
    commonCauses: (options.policies?.commonCauses ?? []).map((rule) => new CommonCauseRule(rule)),
    absence: checkedAbsence(options.absence),
    heartbeat: options.heartbeat === undefined ? null : new Heartbeat(options.heartbeat),
    maxQueuedRaises: checkedQueue(options.localQueue),
    leaseMillis: checkedNumber('leaseMillis', options.leaseMillis ?? 1000, { min: 100, max: 1000 }),
    pollIntervalMillis: checkedNumber('pollIntervalMillis', options.pollIntervalMillis ?? 500, {
      min: 10,
      max: 60_000,
    }),
    autoStart: options.autoStart ?? true,
    onError: options.onError,
  };
}

function checkedChannels(value: unknown): readonly Channel[] {
  if (!Array.isArray(value)) throw new AlertingConfigError('channels', 'must be an array', value);
  const channels = value as readonly Partial<Channel>[];
  const names = new Set<string>();
  for (const [index, channel] of channels.entries()) {
    const { name, send, concurrency, timeoutMillis, rate } = channel;
    const path = `channels[${index}]`;
    if (typeof name !== 'string' || name === '') {
      throw new AlertingConfigError(`${path}.name`, 'must be a name', name);
    }
    if (names.has(name)) throw new AlertingConfigError(`${path}.name`, 'is used twice', name);
    names.add(name);
    if (typeof send !== 'function') {
      throw new AlertingConfigError(`${path}.send`, 'must be a function', send);
    }
    if (concurrency !== undefined) {
      checkedNumber(`${path}.concurrency`, concurrency, { min: 1, max: 1000, integer: true });
    }
    if (timeoutMillis !== undefined) {
      checkedNumber(`${path}.timeoutMillis`, timeoutMillis, { min: 1, max: 600_000 });
    }
    if (rate !== undefined) {
      checkedNumber(`${path}.rate.count`, rate.count, { min: 1 });
      checkedNumber(`${path}.rate.intervalMillis`, rate.intervalMillis, { min: 1 });
    }
  }
  return channels as readonly Channel[];
}

function checkedRecurrence(recurrence: Recurrence = {}): Required<Recurrence> {
  checkedObject('recurrence', recurrence, ['count', 'within', 'of'], { quoted: true });
  const { count = 3, within = '1h', of = 'report' } = recurrence;
  checkedNumber('recurrence.count', count, { min: 1, max: 1000, integer: true });
  durationMillis('recurrence.within', within, 1);
  if (!['report', 'episode'].includes(of)) {
    throw new AlertingConfigError('recurrence.of', 'must be "report" or "episode"', of);
  }
  return { count, within, of };
}

function checkedLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let checked: Readonly<Record<string, string>>;
  try {
    checked = checkedTexts('labels', labels);
  } catch (error) {
    throw new AlertingConfigError('labels', error instanceof Error ? error.message : 'are wrong');
  }
  for (const label of identityLabels) {
    if ((checked[label]?.length ?? 0) > 256) {
      throw new AlertingConfigError(`labels.${label}`, 'must have at most 256 characters');
    }
  }
  return checked;
}

function checkedRetry(retry: RetryOptions): Required<RetryOptions> {
  checkedObject('retry', retry, ['minMillis', 'maxMillis', 'giveUpAfterMillis'], { quoted: true });
  const minMillis = checkedNumber('retry.minMillis', retry.minMillis ?? 500, { min: 1 });
  return {
    minMillis,
    maxMillis: checkedNumber('retry.maxMillis', retry.maxMillis ?? Math.max(60_000, minMillis), {
      min: minMillis,
    }),
    giveUpAfterMillis: checkedNumber(
      'retry.giveUpAfterMillis',
      retry.giveUpAfterMillis ?? 86_400_000,
      { min: 1 },
    ),
  };
}
