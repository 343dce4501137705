import { MetricsConfigurationError, integerOption } from './configuration.js';

/** Where the values beyond a label's limit are counted. */
export const otherValue = '__other__';
/** What stands for a label that was not given. */
export const unknownValue = 'unknown';

/** A longer value is an attack or a mistake, and would be kept for the life of the process. */
const maxValueLength = 256;

/** How many values of a label get series of their own. */
export interface LabelLimitOptions {
  /** How many distinct values are admitted besides `allow`; first come, first admitted. Default 1000 for `tenant_id`, 200 for other labels. */
  readonly maxValues?: number | undefined;
  /** Values that are always admitted and take no place of the others. Default none. */
  readonly allow?: readonly string[] | undefined;
}

/**
 * Decides which values of one label become series. A value that was folded once could only be
 * admitted later if another were removed, which would distort `rate()` over both: so neither happens.
 */
export class LabelLimit {
  readonly #allow: ReadonlySet<string>;
  /** Each value as it first came: series share its text. */
  readonly #admitted = new Map<string, string>();
  readonly #maxValues: number;

  constructor(option: string, options: LabelLimitOptions, defaultMaxValues: number) {
    this.#maxValues = integerOption(`${option}.maxValues`, options.maxValues, defaultMaxValues, 0);
    const allow: unknown = options.allow ?? [];
    if (!Array.isArray(allow)) {
      throw new MetricsConfigurationError(`${option}.allow`, allow, 'an array of strings');
    }
    for (const value of allow as readonly unknown[]) {
      if (typeof value !== 'string' || value === '' || value.length > maxValueLength) {
        throw new MetricsConfigurationError(
          `${option}.allow`,
          value,
          `made of strings of 1 to ${maxValueLength} characters`,
        );
      }
    }
    this.#allow = new Set([...(allow as readonly string[]).map(wellFormed), unknownValue]);
  }

  /** The value to use as a label: `value` itself if it is admitted, else `__other__`. */
  admit(value: string): string {
    const known = this.#admitted.get(value);
    if (known !== undefined) return known;
    if (this.isAllowed(value)) return value;
    if (value.length > maxValueLength) return otherValue;
    const clean = wellFormed(value);
    if (this.#admitted.has(clean) || this.isAllowed(clean)) return clean;
    if (this.#admitted.size >= this.#maxValues) return otherValue;
    this.#admitted.set(clean, clean);
    return clean;
  }

  /** Gives a value's place to another: for one that must not be known any longer. */
  forget(value: string): void {
    this.#admitted.delete(wellFormed(value));
  }

  /** Whether `value` is on the allow-list, and so never folded. */
  isAllowed(value: string): boolean {
    return this.#allow.has(value);
  }

  /** Distinct values admitted so far, without the allow-list. */
  get admitted(): number {
    return this.#admitted.size;
  }
}

/** Lone surrogates all become U+FFFD on the wire: two series would turn into one, twice exposed. */
function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\uFFFD');
}
