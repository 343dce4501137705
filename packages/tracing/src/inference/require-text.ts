import { TracingConfigError } from '../config-error.js';

/** @throws TracingConfigError when an option is no text, or an empty one */
export function requireText(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') {
    throw new TracingConfigError(option, 'a non-empty string', value);
  }
}
