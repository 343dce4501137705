import { identityKeys, type Identity } from './identity.js';
import { LEVEL, MESSAGE, NAME, SPLAT, type Info, type RecordEntry, type Stamp } from './info.js';
import { escapeUnsafe, jsonString } from './json-line.js';
import { isCardValue } from '../redaction/card-number.js';
import { nanosOf, reservedNames } from './line-layout.js';
import type { Masking } from '../redaction/masking.js';
import { newWalk, plainProperty } from './plain-value.js';
import type { RecordSettings } from './record.js';
import { isPlainText, mayHoldSecret, shortText } from '../redaction/secret-hints.js';
import { below } from '../redaction/secret-paths.js';

/** Keys whose meaning depends on the rest of the record: `recordOf` decides about them, and the layout about its own. */
const careful = new Set([
  ...['timestamp', 'level', 'logger', 'service', 'message', 'error', 'args', 'exception'],
  ...['rejection', '__proto__', '[more]', ...identityKeys],
]);
/** Keys come from users' data as well: the memory of them is bounded. */
const mostKeys = 2000;
const mostFields = 32;
/** The end of the year 9999: later times have a sign and six digits for the year. */
const lastTime = 253_402_300_799_999;

/**
 * Writes the lines of records that hold nothing special, in one pass and without a record: the very
 * bytes that `jsonLine(recordOf(...))` gives. For anything else (errors, `%s`, secrets, keys of ours,
 * what comes near a limit) its answer is undefined, and the careful way has to be taken.
 */
export class PlainLines {
  readonly #settings: RecordSettings;
  /** Longer lines may meet a limit. */
  readonly #longest: number;
  readonly #mostNested: number;
  /** `,"key":`, or null for a key that needs care. */
  readonly #keys = new Map<string, string | null>();
  readonly #names = new Map<string, NameTexts>();
  readonly #reserved: ReadonlySet<string>;
  /** From the beginning of a line to its time. */
  readonly #start: string;
  readonly #end: string;
  #ids: Identity | undefined;
  #idsText = '';
  /** Of the limit on a record, what nested values of this call have used. */
  #nested = 0;
  readonly #text: (text: string) => string | undefined;
  readonly #hasPatterns: boolean;
  #second = -1;
  #secondText = '';

  constructor(settings: RecordSettings) {
    this.#settings = settings;
    const { maxStringLength, maxRecordLength, maxEntries, maxDepth } = settings.limits;
    const ample = maxEntries >= mostFields && maxDepth > 0;
    this.#longest = ample ? Math.min(maxStringLength, Math.floor(maxRecordLength / 4)) : 0;
    this.#mostNested = maxRecordLength / 16;
    const { layout } = settings;
    this.#reserved = reservedNames(layout);
    this.#start = `{"${layout.timeKey}":"`;
    this.#end = layout.attributes === undefined ? '}' : '}}';
    this.#text = writerOf(settings.masking);
    this.#hasPatterns = settings.masking?.hasPatterns === true;
  }

  /** The line without its newline; `fields` is what `fields()` gave, for all fields of the record. */
  line(
    level: string,
    name: string | undefined,
    message: unknown,
    time: number,
    ids: Identity,
    fields: string,
  ): string | undefined {
    if (typeof message !== 'string' || message.length > this.#longest) return undefined;
    if (name !== undefined && name.length > 100) return undefined;
    const stamp = this.#timestamp(time);
    const text = this.#text(message);
    if (stamp === undefined || text === undefined) return undefined;
    const { before, after } = this.#name(level, name);
    const known = this.#identity(ids);
    // The first of several attributes has no comma before it.
    const more = known.endsWith('{') ? fields.slice(1) : fields;
    const line = `${stamp}${before}${text}${after}${known}${more}${this.#end}`;
    return line.length > this.#longest ? undefined : line;
  }

  /**
   * Gives one of winston's infos its line and, unless `lineOnly`, the properties of its record; false, and nothing changed,
   * where it needs care. The info is ours to change.
   */
  complete(info: Info, stamp: Stamp, level: string, lineOnly: boolean): boolean {
    if (info[SPLAT] !== undefined || info['message'] === undefined) return false;
    let text = '';
    let count = 0;
    this.#nested = 0;
    for (const key of Object.keys(info)) {
      if (key === 'level' || key === 'message') continue;
      const value = info[key];
      // A nested value would have to be replaced by its plain equal.
      if (++count > mostFields || (typeof value === 'object' && value !== null)) return false;
      const field = this.field(key, value);
      if (field === undefined) return false;
      text += field;
    }
    const line = this.line(level, info[NAME], info['message'], stamp.time, stamp, text);
    if (line === undefined) return false;
    if (info[LEVEL] !== level) info[LEVEL] = level;
    info[MESSAGE] = line;
    if (lineOnly) return true;
    const { name, service, layout } = this.#settings;
    const start = this.#start.length;
    info['timestamp'] = layout.isNanos
      ? new Date(stamp.time).toISOString()
      : line.slice(start, start + 24);
    info['level'] = level;
    info['logger'] = info[NAME] ?? name;
    if (service !== undefined) info['service'] = service;
    for (const key of identityKeys) {
      const id = stamp[key];
      if (id !== undefined) info[key] = id;
    }
    return true;
  }

  /** All fields of an object as `,"key":value` each. */
  fields(source: object, taken?: ReadonlySet<string>): string | undefined {
    let text = '';
    let count = 0;
    this.#nested = 0;
    for (const key of Object.keys(source)) {
      if (++count > mostFields || taken?.has(key) === true) return undefined;
      const field = this.field(key, (source as Record<string, unknown>)[key]);
      if (field === undefined) return undefined;
      text += field;
    }
    return text;
  }

  field(key: string, value: unknown): string | undefined {
    if (value === undefined) return '';
    const known = this.#keys.get(key);
    const start = known === undefined ? this.#judge(key) : known;
    if (start === null) return undefined;
    switch (typeof value) {
      case 'string': {
        const text = value.length > this.#longest ? undefined : this.#text(value);
        return text === undefined ? undefined : start + text;
      }
      case 'number':
        if (value > 4e12 && this.#hasPatterns && isCardValue(value)) return undefined;
        return Number.isFinite(value) ? `${start}${value}` : `${start}"${value}"`;
      case 'boolean':
        return `${start}${String(value)}`;
      case 'object':
        return value === null ? `${start}null` : this.#object(key, value, start);
      default:
        return undefined;
    }
  }

  #object(key: string, value: object, start: string): string | undefined {
    const { limits, masking, errorFields } = this.#settings;
    const walk = newWalk(limits, masking, errorFields);
    const plain = plainProperty(key, value, walk);
    this.#nested += limits.maxRecordLength - walk.left;
    if (this.#nested > this.#mostNested) return undefined;
    return plain === undefined ? '' : start + escapeUnsafe(JSON.stringify(plain));
  }

  #judge(key: string): string | null {
    const { masking } = this.#settings;
    // A key that looks like a whole number moves to the front of an object.
    const plain =
      key.length <= 100 &&
      !careful.has(key) &&
      !this.#reserved.has(key) &&
      !key.startsWith('fields.') &&
      !/^\d+$/.test(key) &&
      masking?.isSecretKey(key, 'text') !== true &&
      masking?.mayHoldSecret(key) !== true &&
      (masking?.paths === undefined || below(masking.paths, key)?.ends !== true);
    const start = plain ? `,${jsonString(key)}:` : null;
    if (this.#keys.size < mostKeys && key.length <= 100) this.#keys.set(key, start);
    return start;
  }

  #name(level: string, name: string | undefined): NameTexts {
    const id = name === undefined ? level : `${level}\u0000${name}`;
    let texts = this.#names.get(id);
    if (texts === undefined) {
      const { service, name: root, layout } = this.#settings;
      const own = layout.own(level, name ?? root, service);
      const before = `${entriesText(own.before)},"${own.messageKey}":`;
      texts = { before, after: entriesText(own.after) };
      if (this.#names.size < mostKeys) this.#names.set(id, texts);
    }
    return texts;
  }

  #identity(ids: Identity): string {
    const last = this.#ids;
    if (
      last === undefined ||
      ids.correlation_id !== last.correlation_id ||
      ids.tenant_id !== last.tenant_id ||
      ids.trace_id !== last.trace_id ||
      ids.span_id !== last.span_id ||
      ids.trace_flags !== last.trace_flags
    ) {
      this.#ids = ids;
      this.#idsText = this.#identityText(ids);
    }
    return this.#idsText;
  }

  #identityText(ids: Identity): string {
    const { id: entryOf, attributes } = this.#settings.layout;
    const own: RecordEntry[] = [];
    const inner: RecordEntry[] = [];
    for (const key of identityKeys) {
      const id = ids[key];
      if (id === undefined) continue;
      (attributes?.ids.has(key) === true ? inner : own).push(entryOf(key, id));
    }
    if (attributes === undefined) return entriesText(own);
    return `${entriesText(own)},"${attributes.key}":{${entriesText(inner).slice(1)}`;
  }

  /** `{"timestamp":…`; most lines share their second with the one before. */
  #timestamp(time: number): string | undefined {
    if (!Number.isInteger(time) || time < 0 || time > lastTime) return undefined;
    if (this.#settings.layout.isNanos) return `${this.#start}${nanosOf(time)}"`;
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = `${this.#start}${new Date(second * 1000).toISOString().slice(0, -4)}`;
    }
    const millis = time - second * 1000;
    const digits = millis < 10 ? '00' : millis < 100 ? '0' : '';
    return `${this.#secondText}${digits}${millis}Z"`;
  }
}

/** What stands before and after the message, the same for a level and a logger. */
interface NameTexts {
  readonly before: string;
  readonly after: string;
}

function entriesText(entries: readonly RecordEntry[]): string {
  let text = '';
  for (const [key, value] of entries) {
    text += `,${jsonString(key)}:${escapeUnsafe(JSON.stringify(value))}`;
  }
  return text;
}

/** What writes a text that holds no secret as JSON, and leaves the others to the careful way. */
function writerOf(masking: Masking | undefined): (text: string) => string | undefined {
  if (masking?.hasPatterns !== true) return jsonString;
  if (!masking.hasOwnPatterns) return withoutSecret;
  return (text) => (masking.mayHoldSecret(text) ? undefined : jsonString(text));
}

function withoutSecret(text: string): string | undefined {
  if (text.length <= shortText && isPlainText(text)) return `"${text}"`;
  return mayHoldSecret(text) ? undefined : jsonString(text);
}
