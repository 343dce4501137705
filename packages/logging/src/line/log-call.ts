import { types } from 'node:util';
import { copyFields, LEVEL, SPLAT, type Info } from './info.js';
import { hasTokens } from './message.js';

/**
 * Turns the arguments of `logger.info(...)` into winston's info object. Unlike winston's own code it
 * mutates nothing of the caller's, survives getters that throw and frozen objects, keeps a field
 * named `level` or `message` (as `fields.level`, `fields.message`), and loses no argument.
 */
export function infoOf(level: string, args: readonly unknown[]): Info {
  const info: Info = {};
  let message = args[0];
  if (args.length === 2 && isPlainCall(message, args[1])) {
    copyFields(info, args[1] as object);
    return finished(info, level, message);
  }
  const rest = args.slice(1);
  if (isError(message) && typeof rest[0] === 'string') {
    info['error'] = message;
    message = rest.shift();
  } else if (isFields(message)) {
    const fields = message;
    message = takeMessage(fields, info);
    if (message === undefined) message = typeof rest[0] === 'string' ? rest.shift() : '';
  } else if (args.length === 0) {
    message = '';
  }
  if (typeof message === 'string' && rest.length > 0 && hasTokens(message)) info[SPLAT] = rest;
  else addRest(info, rest);
  return finished(info, level, message);
}

function finished(info: Info, level: string, message: unknown): Info {
  info['level'] = level;
  info['message'] = message;
  info[LEVEL] = level;
  return info;
}

/** Whether a call of two arguments is just a text and an object that is nothing but fields. */
export function isPlainCall(message: unknown, fields: unknown): message is string {
  try {
    return (
      typeof message === 'string' &&
      typeof fields === 'object' &&
      fields !== null &&
      Object.getPrototypeOf(fields) === Object.prototype &&
      !(Symbol.toStringTag in fields) &&
      !hasTokens(message)
    );
  } catch {
    return false;
  }
}

/** Adds arguments that no token of the message consumed: objects as fields, an error, other values. */
export function addRest(info: Info, rest: readonly unknown[]): void {
  const others: unknown[] = [];
  for (const value of rest) {
    if (value === undefined || value === null) continue;
    if (isError(value) && !Object.hasOwn(info, 'error')) info['error'] = value;
    else if (isFields(value)) addFields(info, value);
    else others.push(value);
  }
  if (others.length > 0) info[Object.hasOwn(info, 'args') ? 'fields.args' : 'args'] = others;
}

/** An error that came as an argument keeps its place beside a field called `error`. */
function addFields(info: Info, fields: object): void {
  const { error } = info;
  copyFields(info, fields);
  if (!isError(error) || info['error'] === error) return;
  info['fields.error'] = info['error'];
  info['error'] = error;
}

/** Copies the fields of `logger.info({ message, ... })` and returns its message, if it has one. */
function takeMessage(fields: object, info: Info): unknown {
  copyFields(info, fields);
  const message = info['fields.message'];
  if (typeof message !== 'string' && !isError(message)) return undefined;
  delete info['fields.message'];
  return message;
}

export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** Whether a value is a bag of fields, and not a Date, Map, list, function or primitive. */
export function isFields(value: unknown): value is object {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      !isError(value) &&
      Object.prototype.toString.call(value) === '[object Object]'
    );
  } catch {
    return false;
  }
}
