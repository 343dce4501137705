/** A configuration that cannot work: names the offending path and quotes the value. */
export class AlertingConfigError extends Error {
  override readonly name = 'AlertingConfigError';
  /** Where the value stands, such as `policies[0].steps[1].after`. */
  readonly path: string;
  /** What is wrong, without the value. */
  readonly problem: string;

  constructor(path: string, problem: string, value?: unknown) {
    super(`${path}: ${problem}${value === undefined ? '' : `, got ${quote(value)}`}`);
    this.path = path;
    this.problem = problem;
  }
}

function quote(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  // Of what is nested only the names: somewhere in it may stand a secret that belongs elsewhere.
  if (typeof value === 'object' && value !== null && !isListOfScalars(value)) {
    if (Array.isArray(value)) return `a list of ${value.length}`;
    const keys = Object.keys(value).join(', ');
    return keys === '' ? 'an empty object' : `an object with ${cut(keys)}`;
  }
  return cut(JSON.stringify(value));
}

function isListOfScalars(value: object): boolean {
  return (
    Array.isArray(value) && value.every((item) => typeof item !== 'object' && item !== undefined)
  );
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A key in the wrong place may hold what belongs into a channel's definition. */
const soundsSecret =
  /secret|token|passw|credential|authorization|(?:routing|integration|api)_?key/i;

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

/**
 * A plain object with known keys only, or an error that names the unknown one. Its value is quoted
 * only where `quoted` says that no secret can stand there.
 */
export function checkedObject(
  path: string,
  value: unknown,
  known: readonly string[],
  { quoted = false }: { readonly quoted?: boolean } = {},
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AlertingConfigError(path, 'must be an object', quoted ? value : undefined);
  }
  for (const [key, unknown] of Object.entries(value)) {
    if (!known.includes(key)) {
      throw new AlertingConfigError(
        path === '' ? key : `${path}.${key}`,
        `unknown key (known: ${known.join(', ')})`,
        quoted && !soundsSecret.test(key) ? unknown : undefined,
      );
    }
  }
  return value as Record<string, unknown>;
}
