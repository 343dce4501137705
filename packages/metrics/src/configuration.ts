import { inspect } from 'node:util';

/** Thrown at construction when an option cannot be used; the message names it and quotes its value. */
export class MetricsConfigurationError extends Error {
  override readonly name = 'MetricsConfigurationError';
  /** The option at fault, as the caller spells it. */
  readonly option: string;

  constructor(option: string, value: unknown, expected: string) {
    super(`${option} must be ${expected}, got ${quote(value)}`);
    this.option = option;
  }
}

/** `value` if it is an integer in [`min`, `max`]; `fallback` when it is undefined. */
export function integerOption(
  option: string,
  value: unknown,
  fallback: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    const range =
      max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
    throw new MetricsConfigurationError(option, value, `an integer ${range}`);
  }
  return value;
}

/** `value` if it is a function or undefined. */
export function functionOption<F>(option: string, value: F): F {
  if (value !== undefined && typeof value !== 'function') {
    throw new MetricsConfigurationError(option, value, 'a function');
  }
  return value;
}

/** A milliseconds clock; anything with `now()` returning a number. */
export interface Clock {
  now(): number;
}

export function clockOption(option: string, value: Clock | undefined, fallback: Clock): Clock {
  if (value === undefined) return fallback;
  if (typeof (value as Partial<Clock> | null)?.now !== 'function') {
    throw new MetricsConfigurationError(option, value, 'an object with now(): number');
  }
  return value;
}

function quote(value: unknown): string {
  const text = inspect(value, { depth: 1, maxStringLength: 100, maxArrayLength: 10 });
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
