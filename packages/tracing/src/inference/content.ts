import { TracingConfigError } from '../config-error.js';
import { maskBounded, maskText } from '../mask.js';

/** How prompts and answers are recorded, where they are. */
export interface ContentOptions {
  /** Cleans each text before it is recorded. Default {@link maskText}. */
  readonly mask?: ((text: string) => string) | undefined;
  /** Characters of text in one attribute; what is beyond is cut off. Default 8192. */
  readonly maxLength?: number | undefined;
}

/** A masked record of content that knows how much room is left. */
export interface ContentSettings {
  readonly mask: (text: string) => string;
  readonly maxLength: number;
}

/** One part of a message, in the form of OpenTelemetry's `gen_ai.input.messages`. */
export interface ContentPart {
  readonly type: string;
  readonly content?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly arguments?: unknown;
  readonly response?: unknown;
}

/** A message of a conversation, as it is recorded. */
export interface ContentMessage {
  readonly role: string;
  readonly parts: readonly ContentPart[];
  readonly finish_reason?: string | undefined;
}

/** What of a request or an answer is content. */
export interface Content {
  readonly instructions?: readonly ContentPart[] | undefined;
  readonly messages?: readonly ContentMessage[] | undefined;
}

const maxMessages = 256;

/** Validates the option; undefined means that nothing is recorded. */
export function contentSettings(
  option: boolean | ContentOptions | undefined,
  name = 'captureContent',
): ContentSettings | undefined {
  const given: unknown = option;
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw new TracingConfigError(name, 'a boolean or { mask, maxLength }', given);
  }
  const options: ContentOptions = given === true ? {} : given;
  const { mask = maskText, maxLength = 8192 } = options;
  if (typeof (mask as unknown) !== 'function') {
    throw new TracingConfigError(`${name}.mask`, 'a function', mask);
  }
  if (!Number.isInteger(maxLength) || maxLength < 1) {
    throw new TracingConfigError(`${name}.maxLength`, 'a whole number of at least 1', maxLength);
  }
  return { mask, maxLength };
}

/** Messages as one JSON text, each text in them masked, all together no longer than the limit. */
export function messagesText(
  messages: readonly ContentMessage[],
  settings: ContentSettings,
): string {
  const room = new Room(settings);
  return JSON.stringify(
    messages.slice(0, maxMessages).map(({ role, parts, finish_reason }) => ({
      role,
      parts: room.parts(parts),
      ...(finish_reason === undefined ? {} : { finish_reason }),
    })),
  );
}

/** Parts as one JSON text. */
export function partsText(parts: readonly ContentPart[], settings: ContentSettings): string {
  return JSON.stringify(new Room(settings).parts(parts));
}

/** A value of any kind, such as the arguments of a tool, as one masked text. */
export function valueText(value: unknown, settings: ContentSettings): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  return maskBounded(text ?? 'undefined', settings.maxLength, settings.mask);
}

class Room {
  readonly #settings: ContentSettings;
  #left: number;

  constructor(settings: ContentSettings) {
    this.#settings = settings;
    this.#left = settings.maxLength;
  }

  parts(parts: readonly ContentPart[]): Record<string, unknown>[] {
    return parts.slice(0, maxMessages).map((part) => {
      const result: Record<string, unknown> = { type: part.type };
      if (part.id !== undefined) result['id'] = part.id;
      if (part.name !== undefined) result['name'] = part.name;
      for (const name of ['content', 'arguments', 'response'] as const) {
        if (part[name] !== undefined) result[name] = this.#text(part[name]);
      }
      return result;
    });
  }

  #text(value: unknown): string {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
    if (text === undefined || text === '') return '';
    if (this.#left <= 0) return '…';
    const masked = maskBounded(text, this.#left, this.#settings.mask);
    this.#left -= masked.length;
    return masked;
  }
}
