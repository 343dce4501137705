/** A configuration that cannot work: names the offending path and quotes the value. */
export class AlertingConfigError extends Error {
  override readonly name = 'AlertingConfigError';
  /** Where the value stands, such as `policies[0].steps[1].after`. */
  readonly path: string;

  constructor(path: string, problem: string, value?: unknown) {
    super(`${path}: ${problem}${value === undefined ? '' : `, got ${quote(value)}`}`);
    this.path = path;
  }
}

function quote(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    text = typeof value;
  }
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A finite number within bounds, or an error that names the option. */
export function checkedNumber(
  path: string,
  value: unknown,
  bounds: { readonly min: number; readonly max?: number; readonly integer?: boolean },
): number {
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  const number = typeof value === 'number' ? value : NaN;
  const whole = bounds.integer !== true || Number.isInteger(number);
  if (!(number >= bounds.min && number <= max && whole)) {
    const kind = bounds.integer === true ? 'a whole number' : 'a number';
    const range =
      bounds.max === undefined ? `of at least ${bounds.min}` : `from ${bounds.min} to ${max}`;
    throw new AlertingConfigError(path, `must be ${kind} ${range}`, value);
  }
  return number;
}

/** A plain object with known keys only, or an error that names the unknown one. */
export function checkedObject(
  path: string,
  value: unknown,
  known: readonly string[],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AlertingConfigError(path, 'must be an object', value);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new AlertingConfigError(
        path === '' ? key : `${path}.${key}`,
        `unknown key (known: ${known.join(', ')})`,
      );
    }
  }
  return value as Record<string, unknown>;
}
