import { alertId, identityLabels, severities, type Severity } from './alert.js';
import { planVariant } from './policies/plan-variant.js';
import type { PolicyBook } from './policies/policy-book.js';
import type { RaiseCommand } from './store.js';

/** An alert to raise. */
export interface AlertInput {
  /** What it is about; with the labels `service`, `environment`, `tenant` the identity. 1 to 256 characters. */
  readonly key: string;
  /** Default: the system's labels, which these extend. */
  readonly labels?: Readonly<Record<string, string>>;
  /** For people: `summary` becomes the headline. Default: none. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default `medium`. */
  readonly severity?: Severity;
  /** What kind of trouble. Default `alert`. */
  readonly type?: string;
  /** The type that it has once escalated. Default: unchanged. */
  readonly escalatedType?: string;
  /** When the trouble began. Default: now, by the store's clock. */
  readonly startsAt?: Date | number;
  /** What raised it. Default `{ kind: 'api' }`. */
  readonly source?: { readonly kind: string; readonly name?: string };
  /** Makes the raise repeatable: a second one with the same id changes nothing. Default: every raise counts. */
  readonly occurrenceId?: string;
  /** What counts as an occurrence: every raise, or only one that opens an episode. Default: the policy's. */
  readonly occurrence?: 'report' | 'episode';
  /** The alert resolves if it is not raised again for so long, milliseconds; what holds is what the raise said that opened the episode. Default: the policy's `expireAfter`. */
  readonly expireAfterMillis?: number;
}

/** Names one alert: its key (with the system's labels), its key with labels of its own, or its id. */
export type AlertRef =
  | string
  | { readonly key: string; readonly labels?: Readonly<Record<string, string>> }
  | { readonly id: string };

const maxKeyLength = 256;
const occurrences: readonly unknown[] = ['report', 'episode', undefined];
/** No Date is later. */
const latestTime = 8.64e15;
const maxLabels = 64;
/** Longer texts are cut: an alert is never refused for the length of what it says. */
const maxTextLength = 4096;

/** The identity that a reference names. */
export function referredId(ref: AlertRef, labels: Readonly<Record<string, string>>): string {
  if (typeof ref === 'string') return alertId(checkedKey(ref), labels);
  if ('id' in ref) return ref.id;
  return alertId(checkedKey(ref.key), { ...labels, ...ref.labels });
}

/** The command for the store; throws a TypeError or RangeError that names what cannot be raised. */
export function raiseCommand(
  input: AlertInput,
  systemLabels: Readonly<Record<string, string>>,
  book: PolicyBook,
): RaiseCommand {
  const key = checkedKey(input.key);
  const labels = labelsOf(input.labels, systemLabels);
  for (const label of identityLabels) {
    if ((labels[label]?.length ?? 0) > maxKeyLength) {
      throw new RangeError(`labels.${label} must have at most ${maxKeyLength} characters`);
    }
  }
  const { severity = 'medium', type = 'alert' } = input;
  if (!severities.includes(severity)) {
    throw new TypeError(
      `severity must be one of ${severities.join(', ')}, got ${JSON.stringify(severity)}`,
    );
  }
  const startsAt = input.startsAt === undefined ? null : Number(input.startsAt);
  if (startsAt !== null && !(Math.abs(startsAt) <= latestTime)) {
    throw new TypeError('startsAt must be a valid Date or a number of milliseconds');
  }
  const { occurrence, expireAfterMillis } = input;
  if (expireAfterMillis !== undefined && !(expireAfterMillis > 0 && expireAfterMillis < Infinity)) {
    throw new RangeError(`expireAfterMillis must be a positive number, got ${expireAfterMillis}`);
  }
  if (!occurrences.includes(occurrence)) {
    throw new TypeError(`occurrence must be report or episode, got ${JSON.stringify(occurrence)}`);
  }
  const { plan, group } = book.planFor({ key, type, severity, labels });
  return {
    id: alertId(key, labels),
    key,
    labels,
    annotations:
      input.annotations === undefined ? nothing : checkedTexts('annotations', input.annotations),
    severity,
    type: cut(type),
    source: input.source ?? api,
    plan: planVariant(plan, { occurrence, expireAfterMillis }),
    group,
    escalatedType: input.escalatedType ?? null,
    startsAt,
    occurrenceId: input.occurrenceId ?? null,
  };
}

const nothing = {};
const api = { kind: 'api' };

function checkedKey(key: unknown): string {
  if (typeof key !== 'string' || key === '' || key.length > maxKeyLength) {
    throw new TypeError(`key must be text of 1 to ${maxKeyLength} characters`);
  }
  return key;
}

/** The raiser's labels with the system's; one object where there is nothing to merge. */
function labelsOf(
  own: Readonly<Record<string, string>> | undefined,
  systemLabels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (own === undefined) return systemLabels;
  const checked = checkedTexts('labels', own);
  for (const _ in systemLabels) return { ...systemLabels, ...checked };
  return checked;
}

/** A copy of texts by name, or an error that names the one that is none. */
export function checkedTexts(
  name: string,
  texts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const checked: Record<string, string> = { ...texts };
  let count = 0;
  for (const label in checked) {
    count += 1;
    const text: unknown = checked[label];
    if (typeof text !== 'string') {
      throw new TypeError(`${name}.${label} must be text, got ${typeof text}`);
    }
    if (text.length > maxTextLength) checked[label] = cut(text);
  }
  if (count > maxLabels) {
    throw new RangeError(`${name} must be at most ${maxLabels}, got ${count}`);
  }
  return checked;
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength - 1)}…` : text;
}
