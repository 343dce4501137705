/** A bad option: the message names the option and quotes the value that was given. */
export class TracingConfigError extends TypeError {
  override readonly name = 'TracingConfigError';
  /** The option at fault, dotted where it is nested, e.g. `exporter.port`. */
  readonly option: string;

  constructor(option: string, expected: string, value: unknown) {
    super(`${option}: expected ${expected}, got ${quoted(value)}`);
    this.option = option;
  }
}

function quoted(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'number') return String(value);
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return 'undefined';
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}
