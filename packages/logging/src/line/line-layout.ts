import { identityKeys } from './identity.js';
import { setOwn, type RecordEntry } from './info.js';
import { jsonLine } from './json-line.js';
import { isPlainError, type PlainError } from './plain-error.js';
import { severityNumbers, type SeverityOption } from './severity.js';

/** Whose field names lines have, where not our own. */
export type Preset = 'ecs' | 'otel';

type IdentityKey = (typeof identityKeys)[number];

/** What of a line is the same for every line of a level and a logger. */
export interface OwnEntries {
  /** Between the time and the message. */
  readonly before: readonly RecordEntry[];
  readonly messageKey: string;
  /** Between the message and the ids. */
  readonly after: readonly RecordEntry[];
}

/** Where the parts of a record stand in a line, and under which names. */
export interface Layout {
  readonly timeKey: string;
  /** Nanoseconds since 1970 instead of an ISO time. */
  readonly isNanos: boolean;
  readonly own: (level: string, logger: string, service: string | undefined) => OwnEntries;
  readonly id: (key: IdentityKey, id: string) => RecordEntry;
  /** The key under which fields stand together, with the ids that are fields there; undefined where they stand in the line itself. */
  readonly attributes: { readonly key: string; readonly ids: ReadonlySet<string> } | undefined;
  readonly error: (error: unknown) => readonly RecordEntry[];
}

/** The layout of the options. */
export function layoutOf(
  preset: Preset | undefined,
  severity: SeverityOption,
  levels: Readonly<Record<string, number>>,
): Layout {
  const given = severity === 'name' ? undefined : severityNumbers(levels, severity);
  const severityOf = (level: string): string | number => given?.get(level) ?? level;
  if (preset === 'ecs') return ecs(severityOf);
  if (preset === 'otel') return otel(severityNumbers(levels, 'otel'));
  return given === undefined ? ownLayout : { ...ownLayout, own: ownEntries(severityOf) };
}

const ownEntries =
  (severityOf: (level: string) => string | number) =>
  (level: string, logger: string, service: string | undefined): OwnEntries => ({
    before: [['level', severityOf(level)], ['logger', logger], ...entry('service', service)],
    messageKey: 'message',
    after: [],
  });

/** The one in which records are made. */
export const ownLayout: Layout = {
  timeKey: 'timestamp',
  isNanos: false,
  own: ownEntries((level) => level),
  id: (key, id) => [key, id],
  attributes: undefined,
  error: (error) => [['error', error]],
};

/** Elastic Common Schema: https://www.elastic.co/docs/reference/ecs/logging/intro. */
function ecs(severityOf: (level: string) => string | number): Layout {
  const ids: Partial<Record<IdentityKey, string>> = { trace_id: 'trace.id', span_id: 'span.id' };
  return {
    timeKey: '@timestamp',
    isNanos: false,
    own: (level, logger, service) => ({
      before: [['log.level', severityOf(level)]],
      messageKey: 'message',
      after: [['ecs.version', '8.11.0'], ['log.logger', logger], ...entry('service.name', service)],
    }),
    // What the schema has no field for stands under its `labels`.
    id: (key, id) => [ids[key] ?? `labels.${key}`, id],
    attributes: undefined,
    error: (error) =>
      flatError(error, { text: 'error.message', stack: 'error.stack_trace', prefix: 'error.' }),
  };
}

/** The OpenTelemetry logs data model: https://opentelemetry.io/docs/specs/otel/logs/data-model/. */
function otel(numbers: ReadonlyMap<string, number>): Layout {
  return {
    timeKey: 'Timestamp',
    isNanos: true,
    own: (level, logger, service) => ({
      before: [
        ['SeverityText', level],
        ['SeverityNumber', numbers.get(level) ?? 0],
      ],
      messageKey: 'Body',
      after: [
        ...entry('Resource', service === undefined ? undefined : { 'service.name': service }),
        ['InstrumentationScope', { Name: logger }],
      ],
    }),
    id: (key, id) => {
      if (key === 'trace_id') return ['TraceId', id];
      if (key === 'span_id') return ['SpanId', id];
      return key === 'trace_flags' ? ['TraceFlags', Number.parseInt(id, 16)] : [key, id];
    },
    attributes: { key: 'Attributes', ids: new Set(['correlation_id', 'tenant_id']) },
    error: (error) =>
      flatError(error, {
        text: 'exception.message',
        stack: 'exception.stacktrace',
        prefix: 'exception.',
      }),
  };
}

function entry(key: string, value: unknown): RecordEntry[] {
  return value === undefined ? [] : [[key, value]];
}

/** An error as fields of the line; its causes, for which there are no names, end its stack. */
function flatError(
  error: unknown,
  names: { readonly text: string; readonly stack: string; readonly prefix: string },
): RecordEntry[] {
  if (typeof error === 'string') return [[names.text, error]];
  if (!isPlainError(error)) return [['error', error]];
  const entries: RecordEntry[] = [];
  for (const [key, value] of Object.entries(error)) {
    if (!inTrace.has(key)) entries.push([names.prefix + key, value]);
  }
  return [...entries, [names.text, error.message], [names.stack, traceOf(error)]];
}

const inTrace = new Set(['message', 'stack', 'cause', 'errors']);

function traceOf(error: PlainError): string {
  let trace = error.stack ?? `${error.type}: ${error.message}`;
  if (error.cause !== undefined) trace += `\nCaused by: ${causeText(error.cause)}`;
  if (Array.isArray(error.errors)) {
    error.errors.forEach((one, at) => (trace += `\nerrors[${at}]: ${causeText(one)}`));
  }
  return trace;
}

function causeText(cause: unknown): string {
  if (isPlainError(cause)) return traceOf(cause);
  return typeof cause === 'string' ? cause : JSON.stringify(cause);
}

/** Nanoseconds since 1970, as text: a double has no room for them. */
export function nanosOf(millis: number): string {
  return millis === 0 ? '0' : `${millis}000000`;
}

/** The names of ours that stand where fields do: no field may take them. */
export function reservedNames({ timeKey, own, id, attributes }: Layout): ReadonlySet<string> {
  const ids = identityKeys.filter((key) => attributes?.ids.has(key) !== false);
  const names = ids.map((key) => id(key, '')[0]);
  if (attributes !== undefined) return new Set(names);
  const { before, messageKey, after } = own('', '', '');
  return new Set([timeKey, messageKey, ...names, ...[...before, ...after].map(([key]) => key)]);
}

/** The line of a record of ours, without its newline. */
export function lineOf(record: readonly RecordEntry[], layout: Layout): string {
  return jsonLine(layout === ownLayout ? record : arrange(record, layout));
}

function arrange(record: readonly RecordEntry[], layout: Layout): RecordEntry[] {
  const values = new Map(record);
  const text = (key: string): string | undefined => {
    const value = values.get(key);
    if (typeof value !== 'string') return undefined;
    values.delete(key);
    return value;
  };
  const time = text('timestamp') ?? '';
  const level = text('level') ?? '';
  const logger = text('logger') ?? '';
  const message = text('message') ?? '';
  const { before, messageKey, after } = layout.own(level, logger, text('service'));
  const line: RecordEntry[] = [
    [layout.timeKey, layout.isNanos ? nanosOf(Date.parse(time)) : time],
    ...before,
    [messageKey, message],
    ...after,
  ];
  const { attributes } = layout;
  const inner: RecordEntry[] = [];
  for (const key of identityKeys) {
    const id = text(key);
    if (id === undefined) continue;
    (attributes?.ids.has(key) === true ? inner : line).push(layout.id(key, id));
  }
  const fields = attributes === undefined ? line : inner;
  const error = values.get('error');
  values.delete('error');
  const failure = error === undefined ? [] : layout.error(error);
  const taken = new Set([...fields, ...failure].map(([key]) => key));
  for (const [key, value] of values) {
    let free = key;
    while (taken.has(free)) free = `fields.${free}`;
    taken.add(free);
    fields.push([free, value]);
  }
  fields.push(...failure);
  if (attributes !== undefined) line.push([attributes.key, nested(inner)]);
  return line;
}

function nested(entries: readonly RecordEntry[]): object {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) setOwn(object, key, value);
  return object;
}
