/** Thrown at the start only, when an option cannot be used; the message names it and quotes its value. */
export class LoggingConfigError extends Error {
  override readonly name = 'LoggingConfigError';

  /** @param expected what the option takes, as it ends the sentence "… must be". */
  constructor(option: string, value: unknown, expected: string, cause?: unknown) {
    super(
      `${option} must be ${expected}, but is ${quote(value)}`,
      cause === undefined ? undefined : { cause },
    );
  }
}

function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
}
