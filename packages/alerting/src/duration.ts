import { AlertingConfigError } from './configuration.js';

/** A length of time: a number of milliseconds, or text such as `90s`, `15m`, `1h30m`, `2d`. */
export type Duration = number | string;

const unitMillis = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** Milliseconds of a duration; throws an error that names the path and the value. */
export function durationMillis(path: string, value: unknown, minMillis = 0): number {
  const millis = typeof value === 'string' ? parse(value) : value;
  if (typeof millis !== 'number' || !Number.isSafeInteger(millis)) {
    throw new AlertingConfigError(
      path,
      'must be a duration, milliseconds or text such as "90s", "15m", "1h30m"',
      value,
    );
  }
  if (millis < minMillis) {
    const problem =
      minMillis === 0 ? 'must not be negative' : `must be at least ${minMillis} milliseconds`;
    throw new AlertingConfigError(path, problem, value);
  }
  return millis;
}

function parse(text: string): number {
  const negative = text.startsWith('-');
  const body = negative ? text.slice(1) : text;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(body)) return NaN;
  let total = 0;
  for (const [, amount, unit] of body.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    total += Number(amount) * (unitMillis.get(unit ?? '') ?? NaN);
  }
  return negative ? -total : total;
}

/** A duration for people: `90s`, `15m`, `1h30m`. */
export function formatDuration(millis: number): string {
  let rest = Math.max(0, Math.round(millis));
  if (rest < 1000) return `${rest}ms`;
  let text = '';
  for (const [unit, size] of [...unitMillis].reverse()) {
    if (unit === 'w' || (unit === 'ms' && text !== '')) continue;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text;
}
