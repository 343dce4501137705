import { AlertingConfigError } from '../configuration.js';
import type { Alert } from '../alert.js';

/** Compares one label; `key`, `type` and `severity` may be named like labels. */
export interface Matcher {
  readonly label: string;
  /** Default `=`; `=~` and `!~` take a regular expression for the whole value. */
  readonly op?: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A time in which matching notifications are held back. */
export interface Silence {
  readonly id: string;
  /** All must match; empty only when `alertId` is given. */
  readonly matchers: readonly Matcher[];
  /** Silences one alert only. */
  readonly alertId: string | null;
  /** With `alertId`: until that episode is resolved. */
  readonly episode: number | null;
  readonly startsAt: number;
  /** null: until resolved, or until removed. */
  readonly endsAt: number | null;
  readonly by: string;
  readonly comment: string;
}

type Subject = Pick<Alert, 'key' | 'type' | 'severity' | 'labels'>;

/**
 * The value of a label, or of `key`, `type`, `severity` where no label has that name; missing is empty.
 * `alertname` is the key under the name that Alertmanager has for it.
 */
export function subjectValue(subject: Subject, label: string): string {
  if (Object.hasOwn(subject.labels, label)) return subject.labels[label] ?? '';
  if (label === 'key' || label === 'type' || label === 'severity') return subject[label];
  return label === 'alertname' ? subject.key : '';
}

const patterns = new Map<string, RegExp>();

function pattern(source: string): RegExp {
  let compiled = patterns.get(source);
  if (compiled === undefined) {
    compiled = new RegExp(`^(?:${source})$`, 'u');
    if (patterns.size >= 1000) patterns.clear();
    patterns.set(source, compiled);
  }
  return compiled;
}

/** Whether all matchers hold; a label that is missing counts as empty. */
export function matches(matchers: readonly Matcher[], subject: Subject): boolean {
  return matchers.every(({ label, op = '=', value }) => {
    const actual = subjectValue(subject, label);
    if (op === '=') return actual === value;
    if (op === '!=') return actual !== value;
    return pattern(value).test(actual) === (op === '=~');
  });
}

/** The silence that holds an alert back at this time, or undefined. */
export function silencedBy(
  silences: readonly Silence[],
  alert: Alert,
  now: number,
): Silence | undefined {
  return silences.find((silence) => {
    if (silence.startsAt > now || (silence.endsAt !== null && silence.endsAt <= now)) return false;
    if (silence.alertId !== null && silence.alertId !== alert.id) return false;
    if (silence.episode !== null && silence.episode !== alert.episode) return false;
    return matches(silence.matchers, alert);
  });
}

/** Throws an error that names the matcher which cannot work. */
export function checkMatchers(matchers: readonly Matcher[], path = 'matchers'): void {
  if (!Array.isArray(matchers)) throw new AlertingConfigError(path, 'must be an array', matchers);
  for (const [index, matcher] of (matchers as readonly Partial<Matcher>[]).entries()) {
    const at = `${path}[${index}]`;
    if (typeof matcher.label !== 'string' || matcher.label === '') {
      throw new AlertingConfigError(`${at}.label`, 'must be the name of a label', matcher.label);
    }
    if (typeof matcher.value !== 'string' || matcher.value.length > 1024) {
      throw new AlertingConfigError(
        `${at}.value`,
        'must be text of at most 1024 characters',
        matcher.value,
      );
    }
    const op = matcher.op ?? '=';
    if (!['=', '!=', '=~', '!~'].includes(op)) {
      throw new AlertingConfigError(`${at}.op`, 'must be one of = != =~ !~', op);
    }
    if (op.endsWith('~')) {
      try {
        pattern(matcher.value);
      } catch {
        throw new AlertingConfigError(`${at}.value`, 'must be a regular expression', matcher.value);
      }
    }
  }
}
