import type { RecordEntry } from './info.js';
import { escapeUnsafe } from './json-line.js';
import { isPlainError, type PlainError } from './plain-error.js';

const reset = '\u001b[0m';
const dim = '\u001b[2m';
const levelColors: Record<string, string> = {
  emerg: '\u001b[1;31m',
  alert: '\u001b[1;31m',
  crit: '\u001b[1;31m',
  error: '\u001b[31m',
  warning: '\u001b[33m',
  warn: '\u001b[33m',
  notice: '\u001b[32m',
  info: '\u001b[32m',
  http: '\u001b[35m',
};
const head = new Set(['timestamp', 'level', 'logger', 'service', 'message', 'error']);

/**
 * One record for the eyes: time, level, logger, message and fields on one line, then the error with
 * its stack, indented. Whatever the record contains, it can neither start a line of its own nor
 * steer the terminal.
 */
export function prettyLine(record: readonly RecordEntry[], colors: boolean): string {
  const values = new Map(record);
  const paint = (color: string, text: string): string =>
    colors ? `${color}${text}${reset}` : text;
  const level = textOf(values.get('level'));
  const parts = [
    paint(dim, textOf(values.get('timestamp')).slice(11)),
    paint(levelColors[level] ?? '\u001b[36m', level.toUpperCase().padEnd(5)),
    paint(dim, textOf(values.get('logger'))),
    textOf(values.get('message')),
  ];
  for (const [key, value] of record) {
    if (!head.has(key)) parts.push(paint(dim, `${textOf(key)}=`) + fieldText(value));
  }
  const error = values.get('error');
  if (error === undefined) return parts.join(' ');
  if (!isPlainError(error))
    return [...parts, `${paint(dim, 'error=')}${fieldText(error)}`].join(' ');
  return parts.join(' ') + errorLines(error, '    ');
}

function errorLines(error: PlainError, indent: string): string {
  const trace = error.stack ?? `${error.type}: ${error.message}`;
  let lines = '';
  for (const line of trace.split('\n')) lines += `\n${indent}${textOf(line)}`;
  const inner = `${indent}  `;
  if (error.cause !== undefined) lines += nested('cause', error.cause, inner);
  if (Array.isArray(error.errors)) {
    error.errors.forEach((one, index) => (lines += nested(`errors[${index}]`, one, inner)));
  }
  return lines;
}

function nested(label: string, value: unknown, indent: string): string {
  return isPlainError(value)
    ? `\n${indent}${label}:${errorLines(value, `${indent}  `)}`
    : `\n${indent}${label}: ${fieldText(value)}`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value;
  return escapeUnsafe(JSON.stringify(value));
}

function textOf(value: unknown): string {
  const text = escapeUnsafe(JSON.stringify(String(value)));
  return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
}
