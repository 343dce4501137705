import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import winston from 'winston';
import type Transport from 'winston-transport';
import { LoggingConfigError } from './config-error.js';
import type { Limits } from './line/plain-value.js';
import { isFreeSignal } from './level/level-signal.js';
import type { Preset } from './line/line-layout.js';
import type { ErrorFields } from './line/plain-error.js';
import type { RedactOptions } from './redaction/masking.js';
import { flag, integer, isStream, name, object, onlyKnown } from './option-checks.js';
import { redactOf } from './redaction/redact-options.js';
import type { RepeatFoldingOptions } from './line/repeat-folding.js';
import type { SeverityOption } from './line/severity.js';
import type { Clock } from './line/stamp.js';

/** How a logger is made; every option may be left out. */
export interface LoggingOptions {
  /** Name of the service in every line. Default: the environment's `OTEL_SERVICE_NAME`, else the key is absent. */
  readonly service?: string | undefined;
  /** Name of the logger in every line. Default: `root`. */
  readonly name?: string | undefined;
  /** Least severe level that is written. Default: the environment's `LOG_LEVEL`, else `info`. */
  readonly level?: string | undefined;
  /** The levels by severity, 0 the most severe. Default: winston's npm levels. */
  readonly levels?: Readonly<Record<string, number>> | undefined;
  /** `json`, `pretty`, or `auto`: pretty when the destination is a terminal. Default: `auto`. */
  readonly format?: 'auto' | 'json' | 'pretty' | undefined;
  /** Whether lines that repeat within a window are counted instead of written, and how. Default: false. */
  readonly foldRepeats?: boolean | RepeatFoldingOptions | undefined;
  /** Signal that sets the level of all to `debug`, and at the next time back, such as `SIGUSR2`. Default: none. */
  readonly levelSignal?: NodeJS.Signals | undefined;
  /** Names of a line's keys: `ecs` (Elastic Common Schema) or `otel` (OpenTelemetry logs data model). Default: our own. */
  readonly preset?: Preset | undefined;
  /** Levels as names, or as numbers of pino (`number`, 10 to 70), of syslog (0 to 7) or of OpenTelemetry (1 to 24). Default: `name`. */
  readonly severity?: SeverityOption | undefined;
  /** A stream, the path of a file to append to, or false for no destination of ours. Default: the standard output. */
  readonly destination?: Writable | string | false | undefined;
  /** More winston transports; they get the same records. Default: none. */
  readonly transports?: readonly Transport[] | undefined;
  /** Fields of every line. Default: none. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** What is masked besides and except the well-known keys and patterns of secrets, and how; false masks nothing. Default: `{}`. */
  readonly redact?: RedactOptions | false | undefined;
  /**
   * Own fields of errors that are written besides codes, numbers, flags and names of things in the
   * system: more names, `'all'`, or false for none. All are masked as other fields are. Default: `[]`.
   */
  readonly errorFields?: ErrorFields | undefined;
  /** How large a record may become. */
  readonly limits?: Partial<Limits> | undefined;
  /** Lines that wait while the destination takes none, bytes; beyond it the least severe are dropped, the oldest first, and counted. Default: 8388608. */
  readonly maxBufferBytes?: number | undefined;
  /** How long closing or exiting waits for a destination that takes nothing, milliseconds. Default: 1000. */
  readonly flushTimeoutMillis?: number | undefined;
  /** Signals at which everything is written before they do what they do, such as `['SIGTERM']`. Default: none. */
  readonly flushOnSignals?: readonly NodeJS.Signals[] | undefined;
  /** Whether uncaught exceptions are logged, and then end the process (see `exitOnError`). Default: false. */
  readonly handleExceptions?: boolean | undefined;
  /** Whether unhandled rejections are logged, and then end the process (see `exitOnError`). Default: false. */
  readonly handleRejections?: boolean | undefined;
  /** Whether the process ends after a handled exception. Default: true. */
  readonly exitOnError?: boolean | ((error: Error) => boolean) | undefined;
  /** Whether nothing is written at all. Default: false. */
  readonly silent?: boolean | undefined;
  /** Tells the time of a line, milliseconds since 1970. Default: `Date`. */
  readonly clock?: Clock | undefined;
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly service: string | undefined;
  readonly name: string;
  readonly level: string;
  readonly levels: Record<string, number>;
  readonly format: 'auto' | 'json' | 'pretty';
  readonly foldRepeats: RepeatFoldingOptions | undefined;
  readonly levelSignal: NodeJS.Signals | undefined;
  readonly preset: Preset | undefined;
  readonly severity: SeverityOption;
  readonly destination: Writable | string | false;
  readonly transports: readonly Transport[];
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly redact: RedactOptions | false;
  readonly errorFields: ErrorFields;
  readonly limits: Limits;
  readonly maxBufferBytes: number;
  readonly flushTimeoutMillis: number;
  readonly flushOnSignals: readonly NodeJS.Signals[];
  readonly handleExceptions: boolean;
  readonly handleRejections: boolean;
  readonly exitOnError: boolean | ((error: Error) => boolean);
  readonly silent: boolean;
  readonly clock: Clock;
}

const defaultLimits: Limits = {
  maxDepth: 8,
  maxEntries: 200,
  maxStringLength: 16_384,
  maxRecordLength: 131_072,
};

const knownOptions = new Set([
  ...[
    'service',
    'name',
    'level',
    'levels',
    'format',
    'levelSignal',
    'foldRepeats',
    'errorFields',
    'preset',
    'severity',
    'destination',
    'transports',
    'fields',
  ],
  ...['redact', 'limits', 'maxBufferBytes', 'flushTimeoutMillis', 'flushOnSignals'],
  ...['handleExceptions', 'handleRejections', 'exitOnError', 'silent', 'clock'],
]);

/** Checks every option and fills in the defaults. @throws LoggingConfigError */
export function resolveOptions(
  options: LoggingOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  onlyKnown('option', options, knownOptions);
  const levels = levelsOf(options.levels);
  const format = options.format ?? 'auto';
  if (!['auto', 'json', 'pretty'].includes(format)) {
    throw new LoggingConfigError('format', format, '"auto", "json" or "pretty"');
  }
  const clock = options.clock ?? Date;
  if (typeof (clock as Partial<Clock>).now !== 'function') {
    throw new LoggingConfigError('clock', clock, 'an object with a function now()');
  }
  const exitOnError = options.exitOnError ?? true;
  if (typeof exitOnError !== 'boolean' && typeof exitOnError !== 'function') {
    throw new LoggingConfigError('exitOnError', exitOnError, 'a boolean or a function');
  }
  return {
    service: name('service', options.service) ?? (env['OTEL_SERVICE_NAME'] || undefined),
    name: name('name', options.name) ?? 'root',
    level: levelOf(options.level, levels, env['LOG_LEVEL']),
    levels,
    format,
    foldRepeats: foldRepeatsOf(options.foldRepeats),
    levelSignal: signalOf(options.levelSignal),
    preset: presetOf(options.preset),
    severity: severityOf(options.severity, options.preset),
    destination: destinationOf(options.destination),
    transports: transportsOf(options.transports),
    fields: object('fields', options.fields),
    redact: redactOf(options.redact),
    errorFields: errorFieldsOf(options.errorFields),
    limits: limitsOf(options.limits),
    maxBufferBytes: integer('maxBufferBytes', options.maxBufferBytes ?? 8_388_608, 1),
    flushTimeoutMillis: integer('flushTimeoutMillis', options.flushTimeoutMillis ?? 1000, 0),
    flushOnSignals: signalsOf(options.flushOnSignals),
    handleExceptions: flag('handleExceptions', options.handleExceptions),
    handleRejections: flag('handleRejections', options.handleRejections),
    exitOnError,
    silent: flag('silent', options.silent),
    clock,
  };
}

function levelsOf(levels: unknown): Record<string, number> {
  if (levels === undefined) return { ...winston.config.npm.levels };
  const entries = Object.entries(object('levels', levels) ?? {});
  if (entries.length === 0) throw new LoggingConfigError('levels', levels, 'at least one level');
  for (const [level, severity] of entries) integer(`levels.${level}`, severity, 0);
  return Object.fromEntries(entries) as Record<string, number>;
}

function levelOf(
  level: unknown,
  levels: Readonly<Record<string, number>>,
  fromEnv: string | undefined,
): string {
  const expected = `one of ${Object.keys(levels).join(', ')}`;
  if (level !== undefined) {
    if (typeof level === 'string' && Object.hasOwn(levels, level)) return level;
    throw new LoggingConfigError('level', level, expected);
  }
  if (fromEnv !== undefined && fromEnv !== '') {
    const known = [fromEnv, fromEnv.toLowerCase()].find((name) => Object.hasOwn(levels, name));
    if (known !== undefined) return known;
    throw new LoggingConfigError('the environment variable LOG_LEVEL', fromEnv, expected);
  }
  return defaultLevel(levels);
}

/** `info`, or the least severe level where there is no `info`. */
export function defaultLevel(levels: Readonly<Record<string, number>>): string {
  return Object.hasOwn(levels, 'info') ? 'info' : leastSevere(levels);
}

/** `debug`, or the least severe level where there is no `debug`. */
export function verboseLevel(levels: Readonly<Record<string, number>>): string {
  return Object.hasOwn(levels, 'debug') ? 'debug' : leastSevere(levels);
}

function leastSevere(levels: Readonly<Record<string, number>>): string {
  return Object.entries(levels).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

function foldRepeatsOf(fold: unknown): RepeatFoldingOptions | undefined {
  if (fold === undefined || fold === false) return undefined;
  if (fold === true) return {};
  if (typeof fold !== 'object') {
    throw new LoggingConfigError('foldRepeats', fold, 'true, false or an object');
  }
  const options = object('foldRepeats', fold) ?? {};
  onlyKnown('option foldRepeats.', options, new Set(['windowMillis', 'maxTexts']));
  for (const name of ['windowMillis', 'maxTexts']) {
    if (options[name] !== undefined) integer(`foldRepeats.${name}`, options[name], 1);
  }
  return options;
}

function signalOf(signal: unknown): NodeJS.Signals | undefined {
  if (signal === undefined || isFreeSignal(signal)) return signal;
  const expected = 'a signal that ends no process, such as "SIGUSR2"';
  throw new LoggingConfigError('levelSignal', signal, expected);
}

function presetOf(preset: unknown): Preset | undefined {
  if (preset === undefined || preset === 'ecs' || preset === 'otel') return preset;
  throw new LoggingConfigError('preset', preset, '"ecs" or "otel"');
}

function severityOf(severity: unknown = 'name', preset: unknown): SeverityOption {
  if (preset === 'otel' && severity !== 'name' && severity !== 'otel') {
    throw new LoggingConfigError('severity', severity, '"otel", or absent, with preset "otel"');
  }
  if (typeof severity === 'string' && ['name', 'number', 'syslog', 'otel'].includes(severity)) {
    return severity as SeverityOption;
  }
  throw new LoggingConfigError('severity', severity, '"name", "number", "syslog" or "otel"');
}

function destinationOf(destination: unknown): Writable | string | false {
  if (destination === undefined) return process.stdout;
  if (destination === false) return false;
  if (typeof destination === 'string' && destination !== '' && !destination.includes('\0')) {
    return destination;
  }
  if (isStream(destination)) return destination;
  throw new LoggingConfigError(
    'destination',
    destination,
    'a stream, the path of a file, or false',
  );
}

function signalsOf(signals: unknown): readonly NodeJS.Signals[] {
  if (signals === undefined) return [];
  if (!Array.isArray(signals)) {
    throw new LoggingConfigError('flushOnSignals', signals, 'a list of signals');
  }
  signals.forEach((signal: unknown, index) => {
    // These two nobody can listen to.
    const known = typeof signal === 'string' && Object.hasOwn(constants.signals, signal);
    if (known && signal !== 'SIGKILL' && signal !== 'SIGSTOP') return;
    throw new LoggingConfigError(
      `flushOnSignals[${index}]`,
      signal,
      'the name of a signal that can be listened to',
    );
  });
  return [...new Set(signals as NodeJS.Signals[])];
}

function transportsOf(transports: unknown): readonly Transport[] {
  if (transports === undefined) return [];
  if (!Array.isArray(transports)) {
    throw new LoggingConfigError('transports', transports, 'a list of winston transports');
  }
  transports.forEach((transport: unknown, index) => {
    if (typeof (transport as { log?: unknown } | null | undefined)?.log !== 'function') {
      throw new LoggingConfigError(`transports[${index}]`, transport, 'a winston transport');
    }
  });
  return transports as Transport[];
}

function errorFieldsOf(fields: unknown = []): ErrorFields {
  if (fields === false || fields === 'all') return fields;
  if (!Array.isArray(fields)) {
    throw new LoggingConfigError('errorFields', fields, 'a list of names, "all" or false');
  }
  fields.forEach((name: unknown, index) => {
    if (typeof name === 'string' && name !== '') return;
    throw new LoggingConfigError(`errorFields[${index}]`, name, 'the name of a field');
  });
  return fields as string[];
}

function limitsOf(limits: unknown): Limits {
  const given = object('limits', limits) ?? {};
  onlyKnown('option limits.', given, new Set(Object.keys(defaultLimits)));
  const resolved = { ...defaultLimits };
  for (const key of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const value = given[key];
    if (value !== undefined) resolved[key] = integer(`limits.${key}`, value, 1);
  }
  return resolved;
}
