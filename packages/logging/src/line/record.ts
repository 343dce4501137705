import { identityKeys } from './identity.js';
import { LEVEL, NAME, SPLAT, type Info, type RecordEntry, type Stamp } from './info.js';
import { addRest, isError } from './log-call.js';
import { interpolate, messageOf, messageText } from './message.js';
import { errorText, type ErrorFields } from './plain-error.js';
import type { Layout } from './line-layout.js';
import type { Masking } from '../redaction/masking.js';
import {
  maskedText,
  newWalk,
  plainKey,
  plainProperty,
  plainText,
  type Limits,
  type Walk,
} from './plain-value.js';

/** What a record needs to know besides the call. */
export interface RecordSettings {
  readonly name: string;
  readonly service: string | undefined;
  readonly limits: Limits;
  readonly masking: Masking | undefined;
  readonly layout: Layout;
  readonly errorFields: ErrorFields;
}

// What winston's exception handler adds: the stack twice more, and the command line, which may
// carry a password. The error itself says what happened.
const handlerKeys = new Set(['stack', 'trace', 'date', 'process', 'os']);
const hiddenKeys = new Set(['level', 'message']);

/** Builds a line's keys and plain values in their fixed order: ours, the user's fields, the error. */
export function recordOf(info: Info, stamp: Stamp, settings: RecordSettings): RecordEntry[] {
  const walk = newWalk(settings.limits, settings.masking, settings.errorFields);
  const record = new Map<string, unknown>();
  record.set('timestamp', timestampOf(stamp.time));
  record.set('level', plainText(String(info[LEVEL] ?? info['level']), walk));
  record.set('logger', plainText(info[NAME] ?? settings.name, walk));
  if (settings.service !== undefined) record.set('service', settings.service);

  const fields: Info = { ...info };
  const fromHandler = isHandlerInfo(info);
  record.set('message', maskedText(lineMessage(fields, fromHandler, walk), walk));

  for (const key of identityKeys) {
    const id = stamp[key];
    const own = id === undefined ? ownId(fields, key) : undefined;
    if (id !== undefined) record.set(key, plainText(id, walk));
    else if (own !== undefined) record.set(key, maskedText(own, walk));
  }
  if (settings.service === undefined) {
    const service = ownId(fields, 'service');
    if (service !== undefined) record.set('service', maskedText(service, walk));
  }

  const error = fields['error'];
  const keys = Object.keys(fields).filter(
    (key) => key !== 'error' && !hiddenKeys.has(key) && !(fromHandler && handlerKeys.has(key)),
  );
  let count = 0;
  for (const key of keys) {
    const value = fields[key];
    if (value === undefined || record.get(key) === value) continue;
    if (++count > settings.limits.maxEntries || walk.left <= 0) {
      record.set('[more]', keys.length - count + 1);
      break;
    }
    const plain = plainProperty(key.replace(/^fields\./, ''), value, walk);
    if (plain !== undefined) record.set(freeKey(plainKey(key, count, walk), record, fields), plain);
  }
  if (error !== undefined) {
    const plain =
      fromHandler && typeof error === 'string'
        ? errorText(error, walk)
        : plainProperty('error', error, walk);
    if (plain !== undefined) record.set('error', plain);
  }
  return [...record];
}

/** The record of a call that could not be recorded: still one line, still with its ids. */
export function substituteRecord(level: string, stamp: Stamp, name: string): RecordEntry[] {
  const entries: RecordEntry[] = [
    ['timestamp', timestampOf(stamp.time)],
    ['level', level],
    ['logger', name],
    ['message', '[unserializable record]'],
  ];
  for (const key of identityKeys) {
    const id = stamp[key];
    if (id !== undefined) entries.push([key, id]);
  }
  return entries;
}

/** The line's message as text; consumes the info's `%s` arguments and moves its error to `error`. */
function lineMessage(fields: Info, fromHandler: boolean, walk: Walk): string {
  const { message } = fields;
  const { error } = fields;
  if (fromHandler && isError(error)) {
    const kind = fields['exception'] === true ? 'uncaughtException' : 'unhandledRejection';
    return `${kind}: ${errorText(messageOf(error), walk)}`;
  }
  if (fromHandler) return errorText(String(message).split('\n', 1)[0], walk);
  if (isError(message)) {
    if (error !== undefined && error !== message) fields['fields.error'] = error;
    fields['error'] = message;
    return errorText(messageOf(message), walk);
  }
  const args = fields[SPLAT];
  if (typeof message === 'string' && Array.isArray(args) && args.length > 0) {
    const { text, rest } = interpolate(message, args as unknown[], walk);
    addRest(fields, rest);
    return text;
  }
  return messageText(message, walk);
}

/** A user's field that is taken for the line's own id, where the context knows none. */
function ownId(fields: Info, key: string): string | undefined {
  const value = fields[key];
  if (typeof value !== 'string' || value === '') return undefined;
  fields[key] = undefined;
  return value;
}

/** A name that no key of the line has: a user's `timestamp` is kept as `fields.timestamp`. */
function freeKey(key: string, record: ReadonlyMap<string, unknown>, fields: Info): string {
  if (!record.has(key)) return key;
  let free = `fields.${key}`;
  while (record.has(free) || Object.hasOwn(fields, free)) free = `fields.${free}`;
  return free;
}

/** Whether winston's own handler of uncaught exceptions and rejections made this info. */
export function isHandlerInfo(info: Info): boolean {
  return (
    (info['exception'] === true || info['rejection'] === true) &&
    'trace' in info &&
    'os' in info &&
    'process' in info
  );
}

function timestampOf(time: number): string {
  try {
    return new Date(time).toISOString();
  } catch {
    return new Date().toISOString();
  }
}
