import { setOwn } from '../line/info.js';
import { escapeUnsafe } from '../line/json-line.js';
import { isError } from '../line/log-call.js';
import { messageOf, messageText } from '../line/message.js';
import { errorText, plainError } from '../line/plain-error.js';
import type { Masking } from '../redaction/masking.js';
import {
  maskedText,
  newWalk,
  plainProperty,
  plainValue,
  type Limits,
} from '../line/plain-value.js';

/** Turns what pino is about to write into plain, masked values of the same shape. */
export class PinoMasking {
  readonly #limits: Limits;
  readonly #masking: Masking | undefined;

  constructor(limits: Limits, masking: Masking | undefined) {
    this.#limits = limits;
    this.#masking = masking;
  }

  /** @param skip keys whose values a serializer still has to see as they are */
  fields(source: object, skip?: ReadonlySet<string>): Record<string, unknown> {
    const walk = newWalk(this.#limits, this.#masking);
    const written: Record<string, unknown> = {};
    for (const key of Object.keys(source)) {
      let value: unknown;
      try {
        value = (source as Record<string, unknown>)[key];
      } catch {
        value = '[Throws]';
      }
      const plain = skip?.has(key) === true ? value : plainProperty(key, value, walk);
      if (plain !== undefined) setOwn(written, key, isError(value) ? asError(plain) : plain);
    }
    return written;
  }

  value(key: string, value: unknown): unknown {
    return plainProperty(key, value, newWalk(this.#limits, this.#masking));
  }

  error(error: object): unknown {
    return plainError(error, newWalk(this.#limits, this.#masking));
  }

  /** An error's own text, for pino's `msg`. */
  errorMessage(error: object): string {
    return errorText(messageOf(error), newWalk(this.#limits, this.#masking));
  }

  /** A message, or what pino puts into it for `%s`, `%o` and the like. */
  argument(value: unknown): unknown {
    if (typeof value === 'string') return maskedText(value, newWalk(this.#limits, this.#masking));
    if (typeof value !== 'object' || value === null) return value;
    const walk = newWalk(this.#limits, this.#masking);
    return isError(value) ? messageText(value, walk) : plainValue(value, walk);
  }

  /** Bindings that pino has as the text of a line's middle: `,"key":value,…`. */
  bindings(text: string): string {
    if (text === '') return '';
    const masked = this.fields(JSON.parse(`{${text.slice(1)}}`) as object);
    const json = JSON.stringify(masked).slice(1, -1);
    return json === '' ? '' : `,${escapeUnsafe(json)}`;
  }
}

/** pino's own serializer, which may still come, takes the type from its `name` where it has no constructor. */
function asError(plain: unknown): unknown {
  if (typeof plain !== 'object' || plain === null) return plain;
  return Object.defineProperty(plain, 'constructor', { value: undefined, enumerable: false });
}
